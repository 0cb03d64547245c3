"""openai, at Google's compatible endpoints; streams and parallel calls by its asynchronous form"""

import asyncio
import base64
import json
import time
import urllib.request

import openai

from runner import FAULTS, MODEL, PNG, SCHEMA, WEATHER, async_failure, early, pieces, run


GOOGLE = "https://generativelanguage.googleapis.com"


def make(side, retries=0):
    # It has another API's address in it: in forward mode it is told Google's.
    return openai.AsyncOpenAI(api_key=side.key, base_url=f"{side.url or GOOGLE}/v1beta/openai/",
                              max_retries=retries)


def said(content):
    return [{"role": "user", "content": content}]


async def ask(client, content="Say hello, wörld 🌍", model=MODEL, **more):
    more.setdefault("messages", said(content))
    return await client.chat.completions.create(model=model, **more)


async def stream(client, model=MODEL):
    return await pieces(await ask(client, "Count", model, stream=True,
                                  stream_options={"include_usage": True}))


def asking(*args, **more):
    async def call(client, side):
        return await ask(client, *args, **more)
    return call


async def unary(client, side):
    """Once by the synchronous form."""
    with openai.OpenAI(api_key=side.key, base_url=client.base_url, max_retries=0) as synchronous:
        return synchronous.chat.completions.create(model=MODEL, messages=said("Say hello, wörld 🌍"))


async def streamed(client, side):
    return await stream(client)


async def chat(client, side):
    messages = said("My name is Ada.")
    first = await ask(client, messages=messages)
    messages += [first.choices[0].message.model_dump(exclude_none=True),
                 {"role": "user", "content": "What is my name?"}]
    return [first, await ask(client, messages=messages)]


async def function_call(client, side):
    tools = [{"type": "function", "function": WEATHER}]
    messages = said("call get_weather")
    called = await ask(client, messages=messages, tools=tools)
    call = called.choices[0].message.tool_calls[0]
    messages += [called.choices[0].message.model_dump(exclude_none=True),
                 {"role": "tool", "tool_call_id": call.id, "content": '{"celsius": 21}'}]
    return [call.function, await ask(client, messages=messages, tools=tools)]


async def json_schema(client, side):
    answer = await ask(client, response_format={
        "type": "json_schema", "json_schema": {"name": "colours", "schema": SCHEMA}})
    return json.loads(answer.choices[0].message.content)["colours"]


async def embeddings(client, side):
    return await client.embeddings.create(model="gemini-embedding-001", input=["one", "two"])


async def list_models(client, side):
    return [[model.id async for model in client.models.list()], await client.models.retrieve(MODEL)]


async def image(client, side):
    return (await client.images.generate(model="imagen-4.0-generate-001", prompt="A teapot",
                                         response_format="b64_json", n=2)).data


async def batch(client, side):
    """The file comes by the native endpoint, as Google's guide has it."""
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": MODEL, "messages": said("one")}}
    request = urllib.request.Request(
        f"{side.url or GOOGLE}/upload/v1beta/files", data=json.dumps(line).encode(),
        headers={"x-goog-api-key": side.key, "content-type": "application/jsonl"})
    with urllib.request.urlopen(request) as answer:
        file = json.load(answer)["file"]
    job = await client.batches.create(input_file_id=file["name"], completion_window="24h",
                                      endpoint="/v1/chat/completions")
    seen = await client.batches.retrieve(job.id)
    return [seen.status, seen.endpoint]


async def client_error(client, side):
    error = await async_failure(ask(client, model="no-such-model"))
    return [type(error).__name__, error.status_code, error.message]


async def cancel(client, side):
    events = await ask(client, model="gemini-stalls", stream=True)
    first = await anext(aiter(events))
    await events.close()
    return first


async def timeout(client, side):
    start = time.monotonic()
    error = await async_failure(ask(client, model="gemini-sleeps", timeout=1))
    return [early(start), type(error).__name__]


async def parallel_50(client, side):
    answers = await asyncio.gather(*(ask(client, f"number {n}.") for n in range(50)))
    return [answer.choices[0].message.content for answer in answers]


def fault(model):
    async def call(client, side):
        return [await ask(client, model=model), await stream(client, model)]
    return call


async def all_keys_out(client, side):
    return await ask(make(side, retries=2), model="gemini-all-out")


run(make, {
    "unary": unary,
    "stream": streamed,
    "chat": chat,
    "function_call": function_call,
    "json_schema": json_schema,
    "system_instruction": asking(messages=[
        {"role": "system", "content": "You are a teapot."}, *said("Who are you?")]),
    "inline_image": asking([
        {"type": "text", "text": "What is this?"},
        {"type": "image_url",
         "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}}]),
    "thinking": asking(reasoning_effort="high"),
    "embeddings": embeddings,
    "list_models": list_models,
    "image": image,
    "batch": batch,
    "client_error": client_error,
    "cancel": cancel,
    "timeout": timeout,
    "parallel_50": parallel_50,
    **{feature: fault(model) for feature, model in FAULTS.items()},
    "all_keys_out": all_keys_out,
})
