"""langchain-google-genai"""

import asyncio
import base64
import time

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_google_genai import (ChatGoogleGenerativeAI, GoogleGenerativeAIEmbeddings, Modality,
                                    create_context_cache)

from runner import FAULTS, MODEL, PNG, SCHEMA, WEATHER, async_failure, early, pieces, run


def make(side, model=MODEL, **more):
    more.setdefault("max_retries", 1)
    return ChatGoogleGenerativeAI(model=model, google_api_key=side.key, base_url=side.url, **more)


def told(message):
    """An answer without what LangChain adds by chance."""
    return [message.content, getattr(message, "tool_calls", None) and [
        [call["name"], call["args"]] for call in message.tool_calls],
        message.usage_metadata, message.response_metadata]


async def unary(chat, side):
    return [told(chat.invoke("Say hello, wörld 🌍")), told(await chat.ainvoke("again"))]


async def stream(chat):
    return [told(piece) for piece in await pieces(chat.astream("Count"))]


async def streamed(chat, side):
    return await stream(chat)


async def conversation(chat, side):
    first = await chat.ainvoke([HumanMessage("My name is Ada.")])
    second = await chat.ainvoke([HumanMessage("My name is Ada."), AIMessage(first.content),
                                 HumanMessage("What is my name?")])
    return [told(first), told(second)]


async def function_call(chat, side):
    tools = chat.bind_tools([WEATHER])
    question = HumanMessage("call get_weather")
    called = await tools.ainvoke([question])
    result = ToolMessage('{"celsius": 21}', tool_call_id=called.tool_calls[0]["id"],
                         name="get_weather")
    return [told(called), told(await tools.ainvoke([question, called, result]))]


async def json_schema(chat, side):
    structured = chat.with_structured_output({"title": "colours", **SCHEMA}, method="json_schema")
    return (await structured.ainvoke("List two colours"))["colours"]


async def system_instruction(chat, side):
    return told(await chat.ainvoke([SystemMessage("You are a teapot."), HumanMessage("Who?")]))


async def inline_image(chat, side):
    picture = {"type": "image_url",
               "image_url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}
    return told(await chat.ainvoke([HumanMessage(
        [{"type": "text", "text": "What is this?"}, picture])]))


async def thinking(chat, side):
    answer = await make(side, thinking_budget=1024, include_thoughts=True).ainvoke("Think")
    assert any(part["type"] == "thinking" for part in answer.content), answer.content
    return told(answer)


def drawn(model, modality):
    async def draw(chat, side):
        answer = await make(side, model=model, response_modalities=[modality]).ainvoke("A teapot")
        return told(answer) + [answer.additional_kwargs.get("audio")]
    return draw


async def embeddings(chat, side):
    model = GoogleGenerativeAIEmbeddings(model="gemini-embedding-001", google_api_key=side.key,
                                         base_url=side.url)
    return await model.aembed_documents(["one", "two"])


async def count_tokens(chat, side):
    return chat.get_num_tokens("How many tokens are these?")


async def cached_content(chat, side):
    name = create_context_cache(chat, [HumanMessage("A long story")], ttl="600s")
    return told(await make(side, cached_content=name).ainvoke("x"))


async def client_error(chat, side):
    error = await async_failure(make(side, model="no-such-model").ainvoke("x"))
    return [type(error).__name__, str(error)]


async def cancel(chat, side):
    texts = []

    async def read():
        async for piece in make(side, model="gemini-stalls").astream("x"):
            texts.append(piece.content)

    reading = asyncio.create_task(read())
    while not texts:
        await asyncio.sleep(0.01)
    reading.cancel()
    await asyncio.wait([reading])
    return [texts, reading.cancelled()]


async def timeout(chat, side):
    start = time.monotonic()
    await async_failure(make(side, model="gemini-sleeps", timeout=1).ainvoke("x"))
    return early(start)


async def parallel_50(chat, side):
    answers = await chat.abatch([f"number {n}." for n in range(50)])
    return [answer.content for answer in answers]


def fault(model):
    async def call(chat, side):
        chat = make(side, model=model)
        return [told(await chat.ainvoke("x")), await stream(chat)]
    return call


async def all_keys_out(chat, side):
    return told(await make(side, model="gemini-all-out", max_retries=6).ainvoke("x"))


run(make, {
    "unary": unary,
    "stream": streamed,
    "chat": conversation,
    "function_call": function_call,
    "json_schema": json_schema,
    "system_instruction": system_instruction,
    "inline_image": inline_image,
    "thinking": thinking,
    "image": drawn("gemini-2.5-flash-image", Modality.IMAGE),
    "speech": drawn("gemini-2.5-flash-preview-tts", Modality.AUDIO),
    "embeddings": embeddings,
    "count_tokens": count_tokens,
    "cached_content": cached_content,
    "client_error": client_error,
    "cancel": cancel,
    "timeout": timeout,
    "parallel_50": parallel_50,
    **{feature: fault(model) for feature, model in FAULTS.items()},
    "all_keys_out": all_keys_out,
})
