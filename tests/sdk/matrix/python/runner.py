"""Runs what a client offers, straight against the sandbox and then through gemkeeper, compares, and
prints a JSON line for each feature, as javascript/runner.mjs does."""

import asyncio
import base64
import dataclasses
import enum
import inspect
import json
import os
import time
import traceback
import warnings

MODE = os.environ["SDK_MODE"]


@dataclasses.dataclass(frozen=True)
class Side:
    url: str | None
    key: str


STRAIGHT = Side(os.environ["SDK_STRAIGHT_URL"], "secret-of-straight")
# In forward mode the client has its own idea of where the API is.
THROUGH = Side(None if MODE == "forward" else os.environ["SDK_URL"], "secret-of-client")

MODEL = "gemini-3.6-flash"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
SCHEMA = {
    "type": "object",
    "properties": {"colours": {"type": "array", "items": {"type": "string"}}},
    "required": ["colours"],
}
WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                   "required": ["city"]},
}
SIZES = {"upload_1b": 1, "upload_1mib": 1 << 20, "upload_100mib": 100 << 20}
# The sandbox gives the address of an upload as Google does, and these clients take it as it is.
ONLY_THROUGH = set(SIZES)
# Feature → the model of its requests.
FAULTS = {name: "gemini-" + name.replace("_", "-") for name in (
    "quota_minute", "quota_day", "key_invalid", "key_leaked", "overloaded", "reset", "slow_start")}

# What differs from one answer to the next by nature.
VOLATILE = {
    "responseid", "response_id", "id", "created", "created_at", "date", "timestamp", "createtime",
    "create_time", "updatetime", "update_time", "expirationtime", "expiration_time", "expiretime",
    "expire_time", "endtime", "end_time", "uri", "toolcallid", "tool_call_id", "updated",
    "previous_interaction_id", "continuation_ids",
}


class NotOffered(Exception):
    """The client has no way to do this in this mode."""


def plain(value):
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()
                if str(name).lower() not in VOLATILE
                and not str(name).lower().startswith("x-gemkeeper-")}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return plain(vars(value))


def failure(call):
    """The error of a call that must fail."""
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("no error")


async def async_failure(awaitable):
    try:
        await awaitable
    except Exception as error:
        return error
    raise AssertionError("no error")


def early(start):
    return time.monotonic() - start < 5


async def pieces(stream):
    return [piece async for piece in stream]


def differences(expected, answer, path=""):
    """Where two plain values differ."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        for name in sorted(expected.keys() | answer.keys()):
            if name not in answer or name not in expected:
                yield f"{path}.{name} is only {'there straight' if name in expected else 'through'}"
            else:
                yield from differences(expected[name], answer[name], f"{path}.{name}")
    elif isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        for index, (one, other) in enumerate(zip(expected, answer)):
            yield from differences(one, other, f"{path}[{index}]")
    elif expected != answer:
        yield f"{path}: {str(expected)[:300]!r} straight, {str(answer)[:300]!r} through"


async def perform(call, make, side):
    made = make(side)
    answer = call(made, side)
    if inspect.isawaitable(answer):
        answer = await answer
    return plain(answer)


async def run_feature(call, make, feature):
    if call is None:
        raise NotOffered
    expected = None
    if feature not in ONLY_THROUGH:
        expected = await perform(call, make, STRAIGHT)
    start = time.monotonic()
    answer = await perform(call, make, THROUGH)
    seconds = time.monotonic() - start
    assert answer is not None, "no value"
    if expected is not None:
        found = list(differences(expected, answer))
        assert not found, "; ".join(found)[:1500]
    return seconds


def run(make, offers):
    """make(side): a client as its users make it; offers: feature → call(client, side), which may be
    asynchronous."""
    warnings.simplefilter("ignore")
    for feature in os.environ["SDK_FEATURES"].split(","):
        report = {"feature": feature, "result": "passed", "detail": "", "seconds": 0}
        call = offers.get(feature)
        try:
            # A synchronous client must not run inside a loop.
            if call is not None and not inspect.iscoroutinefunction(call):
                report["seconds"] = run_synchronous(call, make, feature)
            else:
                report["seconds"] = asyncio.run(run_feature(call, make, feature))
        except NotOffered as error:
            report.update(result="not offered", detail=str(error))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            detail = "".join(traceback.format_exception(error, limit=-4))
            report.update(result="failed", detail=detail[-2000:])
        print(json.dumps(report), flush=True)
    os._exit(0)


def run_synchronous(call, make, feature):
    # A coroutine that never waits runs to its end at the first step.
    try:
        run_feature(call, make, feature).send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")
