"""The conversation by google-genai. After each step it tells what came of it, and waits for a line."""

import io
import json
import os
import sys
import time

from google import genai
from google.genai import errors, types

MODEL = "gemini-3.6-flash"
base_url = None if os.environ["SDK_MODE"] == "forward" else os.environ["SDK_URL"]
client = genai.Client(api_key="a-key-of-the-client",
                      http_options=types.HttpOptions(base_url=base_url))


def done(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)
    sys.stdin.readline()


def upload(text, mime_type):
    return client.files.upload(file=io.BytesIO(text.encode()), config=types.UploadFileConfig(
        mime_type=mime_type, display_name=text[:10]))


def part(file):
    return types.Part.from_uri(file_uri=file.uri, mime_type=file.mime_type)


def ask(text, files=(), **config):
    return client.models.generate_content(
        model=MODEL, contents=[text, *map(part, files)],
        config=types.GenerateContentConfig(**config)).text


first = upload("The first chapter.", "text/plain")
done("first", name=first.name)
second = upload("The second chapter.", "text/plain")
done("second", name=second.name)

done("free", free=[ask(f"question {n}") for n in range(6)])
done("both", text=ask("Compare", [first, second]))

cache = client.caches.create(model=MODEL, config=types.CreateCachedContentConfig(
    contents=[types.Content(role="user", parts=[part(first), part(second)])], ttl="600s"))
done("cached", name=cache.name)
done("waited", text=ask("Tell it again", cached_content=cache.name))

source = upload("\n".join(json.dumps({
    "key": f"r{n}",
    "request": {"contents": [{"parts": [{"text": f"chapter {n}"}]}], "cachedContent": cache.name},
}) for n in (1, 2, 3)), "application/jsonl")
job = client.batches.create(model=MODEL, src=source.name, config={"display_name": "story"})
done("batch", name=job.name, input=source.name)
for _ in range(40):
    if job.state == types.JobState.JOB_STATE_SUCCEEDED:
        break
    job = client.batches.get(name=job.name)
    time.sleep(0.02)
results = [client.files.download(file=job.dest.file_name).decode() for _ in range(2)]
done("results", state=job.state.value, results=results)

stranger = upload("A stranger.", "text/plain")
done("stranger", name=stranger.name)
try:
    ask("Compare", [first, stranger])
    refusal = {}
except errors.APIError as error:
    refusal = {"status": error.code, "message": str(error)}
done("refused", **refusal)
anew = [upload(text, "text/plain") for text in ("The first chapter.", "A stranger.")]
done("anew", names=[file.name for file in anew], text=ask("Compare", anew))
