"""Python's google-genai in Live sessions: at the base URL, where it speaks TLS whatever the URL says,
and by HTTPS_PROXY.

tests/sdk/forward_test.sh sets the environment and starts gemkeeper, whose first keys Google refuses.
Prints TAP, and "# pass N", "# fail N" as node's runner does.
"""

import asyncio
import os
import sys
import traceback

from google import genai
from google.genai import types

MODEL = "gemini-3.1-flash-live-preview"


def base_url():
    return genai.Client(api_key="anything",
                        http_options=types.HttpOptions(base_url=os.environ["GEMKEEPER_URL"]))


def forward():
    return genai.Client(api_key="anything")


async def talk(client):
    config = types.LiveConnectConfig(response_modalities=["TEXT"])
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        for text in ("hello", "wörld"):
            await session.send_client_content(
                turns=types.Content(role="user", parts=[types.Part(text=text)]), turn_complete=True)
            said, tokens = "", 0
            async for message in session.receive():
                said += message.text or ""
                if message.usage_metadata:
                    tokens = message.usage_metadata.total_token_count
            assert text in said, said
            assert tokens > 0


def main():
    failed = 0
    cases = (("base URL", base_url), ("forward", forward))
    for number, (name, make) in enumerate(cases, 1):
        try:
            asyncio.run(asyncio.wait_for(talk(make()), 30))
            print(f"ok {number} - google-genai, {name}: a Live session")
        except Exception:
            failed += 1
            print(f"not ok {number} - google-genai, {name}: a Live session")
            traceback.print_exc()
    print(f"# pass {len(cases) - failed}\n# fail {failed}")
    sys.exit(1 if failed else 0)


main()
