"""google-genai, synchronous"""

import concurrent.futures
import io
import os
import time

from google.genai import types

import genai_common as common
from genai_common import HELLO, make
from runner import FAULTS, MODEL, SIZES, early, failure, run


def ask(client, contents=HELLO, model=MODEL, config=None):
    return client.models.generate_content(model=model, contents=contents, config=config)


def stream(client, model=MODEL):
    return list(client.models.generate_content_stream(model=model, contents="Count"))


def chat(client, side):
    session = client.chats.create(model=MODEL)
    first = session.send_message("My name is Ada.")
    second = list(session.send_message_stream("What is my name?"))
    return [first, second, session.get_history()]


def function_call(client, side):
    session = client.chats.create(model=MODEL, config=common.TOOLS)
    called = session.send_message("call get_weather")
    return [called.function_calls, session.send_message([common.weather_result(called)])]


def thinking(client, side):
    answer = ask(client, config=common.THINKING)
    assert answer.candidates[0].content.parts[0].thought
    return answer


def list_models(client, side):
    names = [model.name for model in client.models.list(config={"page_size": 3})]
    return [names, client.models.get(model=MODEL)]


def drawn(feature):
    model, config, kind = common.DRAWN[feature]

    def draw(client, side):
        answer = ask(client, model=model, config=config)
        assert answer.candidates[0].content.parts[0].inline_data.mime_type.startswith(kind)
        return answer
    return draw


def batch(client, side):
    job = client.batches.create(model=MODEL, src=common.BATCH, config={"display_name": "b"})
    for _ in range(40):
        if job.state == types.JobState.JOB_STATE_SUCCEEDED:
            break
        time.sleep(0.05)
        job = client.batches.get(name=job.name)
    return [job.state, [each.response.candidates for each in job.dest.inlined_responses]]


def interaction(client, side):
    first = client.interactions.create(model=MODEL, input="My name is Ada.")
    second = client.interactions.create(model=MODEL, input="What is my name?",
                                        previous_interaction_id=first.id)
    events = [event.event_type for event in
              client.interactions.create(model=MODEL, input="Count", stream=True)]
    return [first, second, client.interactions.get(first.id), events]


def upload(feature):
    def send(client, side):
        file = client.files.upload(file=io.BytesIO(os.urandom(SIZES[feature])),
                                   config=common.upload_config(feature))
        seen = client.files.get(name=file.name)
        answer = ask(client, common.file_read(file))
        client.files.delete(name=file.name)
        return common.file_seen(feature, seen, answer)
    return send


def cached_content(client, side):
    cache = client.caches.create(model=MODEL, config=common.CACHE)
    answer = ask(client, config=types.GenerateContentConfig(cached_content=cache.name))
    client.caches.delete(name=cache.name)
    return [cache.model, answer]


def client_error(client, side):
    error = failure(lambda: ask(client, model="no-such-model"))
    return [type(error).__name__, error.code, error.status, error.message]


def cancel(client, side):
    events = client.models.generate_content_stream(model="gemini-stalls", contents="x")
    text = next(events).text
    events.close()
    return text


def timeout(client, side):
    start = time.monotonic()
    error = failure(lambda: ask(make(side, timeout=1000), model="gemini-sleeps"))
    return [early(start), getattr(error, "code", 504) == 504]


def parallel_50(client, side):
    with concurrent.futures.ThreadPoolExecutor(50) as threads:
        return [answer.text for answer in threads.map(
            lambda n: ask(client, f"number {n}."), range(50))]


def vertex(client, side):
    client = common.express(side)
    return [ask(client), stream(client), client.models.count_tokens(model=MODEL, contents=HELLO)]


def vertex_quota(client, side):
    client = common.express(side)
    return [ask(client, model="gemini-vertex-429"), stream(client, "gemini-vertex-429")]


def fault(model):
    return lambda client, side: [ask(client, model=model), stream(client, model)]


run(make, {
    "unary": lambda client, side: ask(client),
    "stream": lambda client, side: stream(client),
    "chat": chat,
    "function_call": function_call,
    "json_schema": lambda client, side: ask(client, config=common.AS_JSON).parsed["colours"],
    "system_instruction": lambda client, side: ask(client, config=common.TEAPOT),
    "inline_image": lambda client, side: ask(client, common.PICTURE),
    "thinking": thinking,
    "embeddings": lambda client, side: client.models.embed_content(
        model="gemini-embedding-001", contents=["one", "two"]),
    "count_tokens": lambda client, side: client.models.count_tokens(model=MODEL, contents=HELLO),
    "list_models": list_models,
    "image": drawn("image"),
    "speech": drawn("speech"),
    "batch": batch,
    "interaction": interaction,
    **{feature: upload(feature) for feature in SIZES},
    "cached_content": cached_content,
    "vertex": vertex,
    "vertex_quota": vertex_quota,
    "client_error": client_error,
    "cancel": cancel,
    "timeout": timeout,
    "parallel_50": parallel_50,
    **{feature: fault(model) for feature, model in FAULTS.items()},
    "all_keys_out": lambda client, side: ask(common.retrying(side), model="gemini-all-out"),
})
