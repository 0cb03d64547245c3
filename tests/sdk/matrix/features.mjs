// What is asked of every client, in the order of the table. A client does what it offers.
//   model: of requests that meet a fault (scenario.toml); each has a model of its own, so that a key
//          that rests for one rests for no other
//   met:   keys that must have failed on the way, for a fault that was not met proves nothing
//   gone:  every request for that model must be seen to end by the client's leaving
//   atLeast: seconds that the call must take
//   awaits: what is not there yet; it is counted as skipped
export const features = [
  { id: 'unary', title: 'an answer in one piece' },
  { id: 'stream', title: 'a streamed answer' },
  { id: 'chat', title: 'a chat with history' },
  { id: 'function_call', title: 'a function call and its result' },
  { id: 'json_schema', title: 'JSON by a schema' },
  { id: 'system_instruction', title: 'a system instruction' },
  { id: 'inline_image', title: 'an inline image' },
  { id: 'thinking', title: 'thinking' },
  { id: 'embeddings', title: 'embeddings' },
  { id: 'count_tokens', title: 'countTokens' },
  { id: 'list_models', title: 'models, list and one' },
  { id: 'image', title: 'an image made' },
  { id: 'video', title: 'a video made (operation)' },
  { id: 'speech', title: 'speech' },
  { id: 'batch', title: 'a batch' },
  { id: 'interaction', title: 'interactions' },
  { id: 'upload_1b', title: 'a file of 1 byte, used' },
  { id: 'upload_1mib', title: 'a file of 1 MiB, used' },
  { id: 'upload_100mib', title: 'a file of 100 MiB, used' },
  { id: 'cached_content', title: 'cached content, used' },
  { id: 'live', title: 'Live' },
  { id: 'vertex', title: 'Vertex AI, express mode' },
  { id: 'vertex_live', title: 'Vertex AI, Live' },
  { id: 'client_error', title: "the client's own error" },
  { id: 'cancel', title: 'cancelled in mid-stream', gone: 'gemini-stalls' },
  { id: 'timeout', title: "the client's time-out", gone: 'gemini-sleeps' },
  { id: 'parallel_50', title: '50 at a time' },
  { id: 'quota_minute', title: 'fault: per-minute quota', met: { 'gemini-quota-minute': ['first'] } },
  { id: 'quota_day', title: 'fault: per-day quota', met: { 'gemini-quota-day': ['first'] } },
  { id: 'vertex_quota', title: 'fault: quota at Vertex AI', met: { 'gemini-vertex-429': ['vertex-first'] } },
  { id: 'key_invalid', title: 'fault: invalid key', met: { 'gemini-key-invalid': ['invalid'] } },
  { id: 'key_leaked', title: 'fault: leaked key', met: { 'gemini-key-leaked': ['leaked'] } },
  { id: 'overloaded', title: 'fault: overload', met: { 'gemini-overloaded': ['first'] } },
  { id: 'reset', title: 'fault: connection reset', met: { 'gemini-reset': ['first'] } },
  { id: 'slow_start', title: 'fault: slow start', atLeast: 1 },
  {
    id: 'all_keys_out', title: 'fault: every key out, a retry', atLeast: 2,
    met: { 'gemini-all-out': ['first', 'second'] },
  },
];
