"""google-genai, asynchronous"""

import asyncio
import io
import os
import time

from google.genai import types

import genai_common as common
from genai_common import HELLO
from runner import FAULTS, MODEL, SIZES, async_failure, early, pieces, run


def make(side):
    return common.make(side).aio


async def ask(client, contents=HELLO, model=MODEL, config=None):
    return await client.models.generate_content(model=model, contents=contents, config=config)


async def stream(client, model=MODEL):
    return await pieces(await client.models.generate_content_stream(model=model, contents="Count"))


def asking(**more):
    async def call(client, side):
        return await ask(client, **more)
    return call


async def streamed(client, side):
    return await stream(client)


async def chat(client, side):
    session = client.chats.create(model=MODEL)
    first = await session.send_message("My name is Ada.")
    second = await pieces(await session.send_message_stream("What is my name?"))
    return [first, second, session.get_history()]


async def function_call(client, side):
    session = client.chats.create(model=MODEL, config=common.TOOLS)
    called = await session.send_message("call get_weather")
    return [called.function_calls, await session.send_message([common.weather_result(called)])]


async def json_schema(client, side):
    return (await ask(client, config=common.AS_JSON)).parsed["colours"]


async def thinking(client, side):
    answer = await ask(client, config=common.THINKING)
    assert answer.candidates[0].content.parts[0].thought
    return answer


async def embeddings(client, side):
    return await client.models.embed_content(model="gemini-embedding-001", contents=["one", "two"])


async def count_tokens(client, side):
    return await client.models.count_tokens(model=MODEL, contents=HELLO)


async def list_models(client, side):
    names = [model.name async for model in await client.models.list(config={"page_size": 3})]
    return [names, await client.models.get(model=MODEL)]


def drawn(feature):
    model, config, kind = common.DRAWN[feature]

    async def draw(client, side):
        answer = await ask(client, model=model, config=config)
        assert answer.candidates[0].content.parts[0].inline_data.mime_type.startswith(kind)
        return answer
    return draw


async def batch(client, side):
    job = await client.batches.create(model=MODEL, src=common.BATCH, config={"display_name": "b"})
    for _ in range(40):
        if job.state == types.JobState.JOB_STATE_SUCCEEDED:
            break
        await asyncio.sleep(0.05)
        job = await client.batches.get(name=job.name)
    return [job.state, [each.response.candidates for each in job.dest.inlined_responses]]


async def interaction(client, side):
    first = await client.interactions.create(model=MODEL, input="My name is Ada.")
    second = await client.interactions.create(model=MODEL, input="What is my name?",
                                              previous_interaction_id=first.id)
    events = await pieces(await client.interactions.create(model=MODEL, input="Count", stream=True))
    return [first, second, await client.interactions.get(first.id),
            [event.event_type for event in events]]


def upload(feature):
    async def send(client, side):
        file = await client.files.upload(file=io.BytesIO(os.urandom(SIZES[feature])),
                                         config=common.upload_config(feature))
        seen = await client.files.get(name=file.name)
        answer = await ask(client, common.file_read(file))
        await client.files.delete(name=file.name)
        return common.file_seen(feature, seen, answer)
    return send


async def cached_content(client, side):
    cache = await client.caches.create(model=MODEL, config=common.CACHE)
    answer = await ask(client, config=types.GenerateContentConfig(cached_content=cache.name))
    await client.caches.delete(name=cache.name)
    return [cache.model, answer]


async def live(client, side):
    messages = []
    async with client.live.connect(model=common.LIVE_MODEL,
                                   config={"response_modalities": ["TEXT"]}) as session:
        await session.send_client_content(
            turns=types.Content(role="user", parts=[types.Part(text="Hello")]), turn_complete=True)
        async for message in session.receive():
            messages.append(message.server_content)
    return messages


async def client_error(client, side):
    error = await async_failure(ask(client, model="no-such-model"))
    return [type(error).__name__, error.code, error.status, error.message]


async def cancel(client, side):
    texts = []

    async def read():
        async for event in await client.models.generate_content_stream(model="gemini-stalls",
                                                                       contents="x"):
            texts.append(event.text)

    reading = asyncio.create_task(read())
    while not texts:
        await asyncio.sleep(0.01)
    reading.cancel()
    await asyncio.wait([reading])
    return [texts, reading.cancelled()]


async def timeout(client, side):
    start = time.monotonic()
    error = await async_failure(ask(common.make(side, timeout=1000).aio, model="gemini-sleeps"))
    return [early(start), getattr(error, "code", 504) == 504]


async def parallel_50(client, side):
    answers = await asyncio.gather(*(ask(client, f"number {n}.") for n in range(50)))
    return [answer.text for answer in answers]


async def vertex(client, side):
    client = common.express(side).aio
    return [await ask(client), await stream(client), await count_tokens(client, side)]


async def vertex_live(client, side):
    return await live(common.express(side).aio, side)


async def vertex_quota(client, side):
    client = common.express(side).aio
    return [await ask(client, model="gemini-vertex-429"),
            await stream(client, "gemini-vertex-429")]


def fault(model):
    async def call(client, side):
        return [await ask(client, model=model), await stream(client, model)]
    return call


async def all_keys_out(client, side):
    return await ask(common.retrying(side).aio, model="gemini-all-out")


run(make, {
    "unary": asking(),
    "stream": streamed,
    "chat": chat,
    "function_call": function_call,
    "json_schema": json_schema,
    "system_instruction": asking(config=common.TEAPOT),
    "inline_image": asking(contents=common.PICTURE),
    "thinking": thinking,
    "embeddings": embeddings,
    "count_tokens": count_tokens,
    "list_models": list_models,
    "image": drawn("image"),
    "speech": drawn("speech"),
    "batch": batch,
    "interaction": interaction,
    **{feature: upload(feature) for feature in SIZES},
    "cached_content": cached_content,
    "vertex": vertex,
    "vertex_live": vertex_live,
    "vertex_quota": vertex_quota,
    "live": live,
    "client_error": client_error,
    "cancel": cancel,
    "timeout": timeout,
    "parallel_50": parallel_50,
    **{feature: fault(model) for feature, model in FAULTS.items()},
    "all_keys_out": all_keys_out,
})
