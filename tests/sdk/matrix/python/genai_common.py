"""What google-genai's two forms share."""

from google import genai
from google.genai import types

from runner import PNG, SCHEMA, SIZES, WEATHER

HELLO = "Say hello, wörld 🌍"


def make(side, **options):
    return genai.Client(api_key=side.key,
                        http_options=types.HttpOptions(base_url=side.url, **options))


def express(side):
    """Vertex AI in express mode."""
    return genai.Client(vertexai=True, api_key=f"{side.key}-vertex",
                        http_options=types.HttpOptions(base_url=side.url))


def retrying(side):
    return make(side, retry_options=types.HttpRetryOptions(attempts=5))


TOOLS = types.GenerateContentConfig(
    tools=[types.Tool(function_declarations=[types.FunctionDeclaration(
        name=WEATHER["name"], description=WEATHER["description"],
        parameters_json_schema=WEATHER["parameters"])])],
    automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))
AS_JSON = types.GenerateContentConfig(response_mime_type="application/json",
                                      response_json_schema=SCHEMA)
TEAPOT = types.GenerateContentConfig(system_instruction="You are a teapot.", temperature=0.1)
THINKING = types.GenerateContentConfig(
    thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_budget=1024))
IMAGE = types.GenerateContentConfig(response_modalities=["IMAGE"])
SPEECH = types.GenerateContentConfig(
    response_modalities=["AUDIO"],
    speech_config=types.SpeechConfig(voice_config=types.VoiceConfig(
        prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name="Kore"))))
PICTURE = ["What is this?", types.Part.from_bytes(data=PNG, mime_type="image/png")]
DRAWN = {"image": ("gemini-2.5-flash-image", IMAGE, "image/"),
         "speech": ("gemini-2.5-flash-preview-tts", SPEECH, "audio/")}
LIVE_MODEL = "gemini-3.1-flash-live-preview"
CACHE = types.CreateCachedContentConfig(
    contents=[types.Content(role="user", parts=[types.Part(text="A long story")])], ttl="600s")
BATCH = [types.InlinedRequest(
    contents=[types.Content(role="user", parts=[types.Part(text="one")])])]


def weather_result(answer):
    call = answer.function_calls[0]
    return types.Part.from_function_response(name=call.name, response={"celsius": 21})


def upload_config(feature):
    return types.UploadFileConfig(mime_type="application/octet-stream", display_name=feature)


def file_read(file):
    return ["Read", types.Part.from_uri(file_uri=file.uri, mime_type=file.mime_type)]


def file_seen(feature, seen, answer):
    assert seen.size_bytes == SIZES[feature], seen.size_bytes
    assert "Read" in answer.text, answer.text
    return [seen.display_name, seen.mime_type, answer.text]

