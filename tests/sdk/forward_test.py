"""Python's google-genai through gemkeeper: at the base URL, and by HTTPS_PROXY and SSL_CERT_FILE.

tests/sdk/run sets the environment and starts gemkeeper. Prints TAP, and "# pass N", "# fail N" as
node's runner does.
"""

import asyncio
import os
import sys
import traceback

from google import genai
from google.genai import errors, types

MODEL = "gemini-3.6-flash"


def base_url():
    return genai.Client(api_key="anything",
                        http_options=types.HttpOptions(base_url=os.environ["GEMKEEPER_URL"]))


def forward():
    """As an application is, that knows nothing of gemkeeper: its environment does."""
    return genai.Client(api_key="anything")


def unary(client):
    answer = client.models.generate_content(model=MODEL, contents="Say hello, wörld")
    assert "wörld" in answer.text, answer.text
    assert answer.usage_metadata.total_token_count > 0


def streaming(client):
    chunks = list(client.models.generate_content_stream(model=MODEL, contents="Count"))
    assert len(chunks) > 1, len(chunks)
    assert chunks[-1].usage_metadata.total_token_count > 0


def chat(client):
    session = client.chats.create(model=MODEL)
    session.send_message("My name is Ada.")
    session.send_message("What is my name?")
    assert len(session.get_history()) == 4, session.get_history()


def tokens_and_embeddings(client):
    assert client.models.count_tokens(model=MODEL, contents="How many?").total_tokens > 0
    answer = client.models.embed_content(model="gemini-embedding-001", contents="one")
    assert len(answer.embeddings[0].values) > 1


def models(client):
    assert any(model.name.endswith(MODEL) for model in client.models.list())


def a_failure(client):
    try:
        client.models.generate_content(model="no-such-model", contents="x")
    except errors.ClientError as error:
        assert error.code == 404, error
        return
    raise AssertionError("no error")


def asynchronous(client):
    async def ask():
        answer = await client.aio.models.generate_content(model=MODEL, contents="hello")
        assert answer.text
        stream = await client.aio.models.generate_content_stream(model=MODEL, contents="Count")
        return [chunk async for chunk in stream]

    assert len(asyncio.run(ask())) > 1


def many_at_once(client):
    async def ask():
        return await asyncio.gather(*(
            client.aio.models.generate_content(model=MODEL, contents=f"number {n}")
            for n in range(50)))

    answers = asyncio.run(ask())
    assert all(f"number {n}" in answer.text for n, answer in enumerate(answers))


def main():
    passed = failed = 0
    for mode in (base_url, forward):
        for call in (unary, streaming, chat, tokens_and_embeddings, models, a_failure,
                     asynchronous, many_at_once):
            name = f"google-genai for Python, {mode.__name__}: {call.__name__}"
            try:
                call(mode())
                passed += 1
                print(f"ok - {name}")
            except Exception:  # a test that failed, whatever it was
                failed += 1
                print(f"not ok - {name}")
                traceback.print_exc(file=sys.stdout)
    print(f"# pass {passed}\n# fail {failed}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
