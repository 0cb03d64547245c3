package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/genai"
	"google.golang.org/genai/interactions/models/interactions"
	"google.golang.org/genai/interactions/models/operations"
)

const model = "gemini-3.6-flash"
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

var background = context.Background()

type config = genai.GenerateContentConfig

func makeClient(at side, options genai.HTTPOptions) (*genai.Client, error) {
	options.BaseURL = at.url
	return genai.NewClient(background, &genai.ClientConfig{
		APIKey: at.key, Backend: genai.BackendGeminiAPI, HTTPOptions: options})
}

// A call with a client as its users make it.
func with(do func(client *genai.Client) (any, error)) call {
	return func(at side) (any, error) {
		client, err := makeClient(at, genai.HTTPOptions{})
		if err != nil {
			return nil, err
		}
		return do(client)
	}
}

func ask(name string, contents []*genai.Content, how *config) call {
	return with(func(client *genai.Client) (any, error) {
		return client.Models.GenerateContent(background, name, contents, how)
	})
}

func hello() []*genai.Content { return genai.Text("Say hello, wörld 🌍") }

func stream(client *genai.Client, name string) ([]any, error) {
	var events []any
	for event, err := range client.Models.GenerateContentStream(background, name, genai.Text("Count"), nil) {
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

func answerAndStream(client *genai.Client, name string) (any, error) {
	answer, err := client.Models.GenerateContent(background, name, hello(), nil)
	if err != nil {
		return nil, err
	}
	events, err := stream(client, name)
	return []any{answer, events}, err
}

func fault(name string) call {
	return with(func(client *genai.Client) (any, error) { return answerAndStream(client, name) })
}

// Vertex AI in express mode, with a key of its own.
func express(name string) call {
	return func(at side) (any, error) {
		client, err := genai.NewClient(background, &genai.ClientConfig{
			APIKey: at.key + "-vertex", Backend: genai.BackendVertexAI,
			HTTPOptions: genai.HTTPOptions{BaseURL: at.url}})
		if err != nil {
			return nil, err
		}
		return answerAndStream(client, name)
	}
}

func chat(client *genai.Client) (any, error) {
	session, err := client.Chats.Create(background, model, nil, nil)
	if err != nil {
		return nil, err
	}
	first, err := session.SendMessage(background, genai.Part{Text: "My name is Ada."})
	if err != nil {
		return nil, err
	}
	told := []any{first}
	for event, err := range session.SendMessageStream(background, genai.Part{Text: "What is my name?"}) {
		if err != nil {
			return nil, err
		}
		told = append(told, event)
	}
	return append(told, session.History(false)), nil
}

var schema = map[string]any{
	"type":       "object",
	"properties": map[string]any{"colours": map[string]any{"type": "array", "items": map[string]any{"type": "string"}}},
}

func functionCall(client *genai.Client) (any, error) {
	tools := []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{
		Name: "get_weather", Description: "The weather in a city",
		Parameters: &genai.Schema{Type: genai.TypeObject,
			Properties: map[string]*genai.Schema{"city": {Type: genai.TypeString}}},
	}}}}
	session, err := client.Chats.Create(background, model, &config{Tools: tools}, nil)
	if err != nil {
		return nil, err
	}
	called, err := session.SendMessage(background, genai.Part{Text: "call get_weather"})
	if err != nil {
		return nil, err
	}
	calls := called.FunctionCalls()
	if len(calls) != 1 {
		return nil, errors.New("no function call")
	}
	result, err := session.SendMessage(background,
		*genai.NewPartFromFunctionResponse(calls[0].Name, map[string]any{"celsius": 21}))
	return []any{calls, result}, err
}

func jsonSchema(client *genai.Client) (any, error) {
	answer, err := client.Models.GenerateContent(background, model, hello(),
		&config{ResponseMIMEType: "application/json", ResponseJsonSchema: schema})
	if err != nil {
		return nil, err
	}
	var value struct{ Colours []string }
	err = json.Unmarshal([]byte(answer.Text()), &value)
	return value.Colours, err
}

func inlineImage() []*genai.Content {
	data, _ := base64.StdEncoding.DecodeString(png)
	return []*genai.Content{genai.NewContentFromParts(
		[]*genai.Part{genai.NewPartFromText("What is this?"), genai.NewPartFromBytes(data, "image/png")}, genai.RoleUser)}
}

func thinking(client *genai.Client) (any, error) {
	answer, err := client.Models.GenerateContent(background, model, hello(), &config{
		ThinkingConfig: &genai.ThinkingConfig{IncludeThoughts: true, ThinkingBudget: genai.Ptr[int32](1024)}})
	if err == nil && !answer.Candidates[0].Content.Parts[0].Thought {
		err = errors.New("no thought")
	}
	return answer, err
}

func embeddings(client *genai.Client) (any, error) {
	contents := append(genai.Text("one"), genai.Text("two")...)
	return client.Models.EmbedContent(background, "gemini-embedding-001", contents, nil)
}

func listModels(client *genai.Client) (any, error) {
	var names []string
	for each, err := range client.Models.All(background) {
		if err != nil {
			return nil, err
		}
		names = append(names, each.Name)
	}
	one, err := client.Models.Get(background, model, nil)
	return []any{names, one}, err
}

func drawn(name, modality, kind string, more *genai.SpeechConfig) call {
	return with(func(client *genai.Client) (any, error) {
		answer, err := client.Models.GenerateContent(background, name, hello(),
			&config{ResponseModalities: []string{modality}, SpeechConfig: more})
		if err == nil && !strings.HasPrefix(answer.Candidates[0].Content.Parts[0].InlineData.MIMEType, kind) {
			err = errors.New("another type")
		}
		return answer, err
	})
}

func video(client *genai.Client) (any, error) {
	operation, err := client.Models.GenerateVideosFromSource(background, "veo-3.1-generate-preview",
		&genai.GenerateVideosSource{Prompt: "A teapot"}, nil)
	for n := 0; err == nil && n < 40 && !operation.Done; n++ {
		time.Sleep(50 * time.Millisecond)
		operation, err = client.Operations.GetVideosOperation(background, operation, nil)
	}
	if err != nil {
		return nil, err
	}
	content, err := client.Files.Download(background,
		genai.NewDownloadURIFromVideo(operation.Response.GeneratedVideos[0].Video), nil)
	if err == nil && string(content) != "a video of the sandbox" {
		err = fmt.Errorf("not the video: %s", content) // it takes an error's body for content
	}
	return operation.Done, err
}

func batch(client *genai.Client) (any, error) {
	job, err := client.Batches.Create(background, model,
		&genai.BatchJobSource{InlinedRequests: []*genai.InlinedRequest{{Contents: genai.Text("one")}}},
		&genai.CreateBatchJobConfig{DisplayName: "b"})
	for n := 0; err == nil && n < 40 && job.State != genai.JobStateSucceeded; n++ {
		time.Sleep(50 * time.Millisecond)
		job, err = client.Batches.Get(background, job.Name, nil)
	}
	if err != nil {
		return nil, err
	}
	if job.Dest == nil {
		return nil, fmt.Errorf("no destination: %v", job.State)
	}
	var candidates []any
	for _, each := range job.Dest.InlinedResponses {
		candidates = append(candidates, each.Response.Candidates)
	}
	return []any{job.State, candidates}, nil
}

func interact(client *genai.Client, text string, previous *string) (*interactions.Interaction, error) {
	input := interactions.NewInteractionsInput(text)
	made, err := client.Interactions.Create(background, operations.CreateInteractionRequest{
		Body: operations.NewCreateInteractionRequestBody(interactions.CreateModelInteraction{
			Model: interactions.Model(model), Input: &input, PreviousInteractionID: previous})})
	if err != nil {
		return nil, err
	}
	return made.Interaction, nil
}

func interaction(client *genai.Client) (any, error) {
	first, err := interact(client, "My name is Ada.", nil)
	if err != nil {
		return nil, err
	}
	second, err := interact(client, "What is my name?", first.ID)
	return []any{first, second}, err
}

func upload(name string, size int) call {
	return with(func(client *genai.Client) (any, error) {
		data := make([]byte, size)
		rand.Read(data)
		file, err := client.Files.Upload(background, bytes.NewReader(data),
			&genai.UploadFileConfig{MIMEType: "application/octet-stream", DisplayName: name})
		if err != nil {
			return nil, err
		}
		seen, err := client.Files.Get(background, file.Name, nil)
		if err != nil {
			return nil, err
		}
		answer, err := client.Models.GenerateContent(background, model, []*genai.Content{genai.NewContentFromParts(
			[]*genai.Part{genai.NewPartFromText("Read"), genai.NewPartFromURI(file.URI, file.MIMEType)}, genai.RoleUser)}, nil)
		if err != nil {
			return nil, err
		}
		if _, err = client.Files.Delete(background, file.Name, nil); err != nil {
			return nil, err
		}
		if *seen.SizeBytes != int64(size) {
			return nil, fmt.Errorf("%d bytes", *seen.SizeBytes)
		}
		return []any{seen.DisplayName, seen.MIMEType, answer.Text()}, nil
	})
}

func cachedContent(client *genai.Client) (any, error) {
	cache, err := client.Caches.Create(background, model,
		&genai.CreateCachedContentConfig{Contents: genai.Text("A long story"), TTL: 10 * time.Minute})
	if err != nil {
		return nil, err
	}
	answer, err := client.Models.GenerateContent(background, model, hello(), &config{CachedContent: cache.Name})
	if err != nil {
		return nil, err
	}
	_, err = client.Caches.Delete(background, cache.Name, nil)
	return []any{cache.Model, answer}, err
}

func live(client *genai.Client) (any, error) {
	session, err := client.Live.Connect(background, "gemini-3.1-flash-live-preview",
		&genai.LiveConnectConfig{ResponseModalities: []genai.Modality{genai.ModalityText}})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	err = session.SendClientContent(genai.LiveClientContentInput{
		Turns: genai.Text("Hello"), TurnComplete: genai.Ptr(true)})
	var messages []any
	for err == nil {
		var message *genai.LiveServerMessage
		if message, err = session.Receive(); err != nil {
			break
		}
		messages = append(messages, message.ServerContent)
		if message.ServerContent != nil && message.ServerContent.TurnComplete {
			break
		}
	}
	return messages, err
}

func clientError(client *genai.Client) (any, error) {
	_, err := client.Models.GenerateContent(background, "no-such-model", hello(), nil)
	var told genai.APIError
	if !errors.As(err, &told) {
		return nil, fmt.Errorf("another error: %v", err)
	}
	return told, nil
}

func cancel(client *genai.Client) (any, error) {
	leaving, leave := context.WithCancel(background)
	defer leave()
	var texts []string
	for event, err := range client.Models.GenerateContentStream(leaving, "gemini-stalls", hello(), nil) {
		if err != nil {
			break
		}
		texts = append(texts, event.Text())
		leave()
	}
	return texts, nil
}

func timeout(at side) (any, error) {
	client, err := makeClient(at, genai.HTTPOptions{Timeout: genai.Ptr(time.Second)})
	if err != nil {
		return nil, err
	}
	start := time.Now()
	_, err = client.Models.GenerateContent(background, "gemini-sleeps", hello(), nil)
	var told genai.APIError
	inTime := errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &told) && told.Code == 504)
	return []any{time.Since(start) < 5*time.Second, inTime}, nil
}

func parallel(client *genai.Client) (any, error) {
	texts := make([]string, 50)
	failures := make([]error, 50)
	var all sync.WaitGroup
	for n := range texts {
		all.Add(1)
		go func() {
			defer all.Done()
			answer, err := client.Models.GenerateContent(background, model, genai.Text(fmt.Sprintf("number %d.", n)), nil)
			if failures[n] = err; err == nil {
				texts[n] = answer.Text()
			}
		}()
	}
	all.Wait()
	return texts, errors.Join(failures...)
}

func allKeysOut(at side) (any, error) {
	client, err := makeClient(at, genai.HTTPOptions{RetryOptions: &genai.HTTPRetryOptions{Attempts: genai.Ptr[int32](5)}})
	if err != nil {
		return nil, err
	}
	return client.Models.GenerateContent(background, "gemini-all-out", hello(), nil)
}

func main() {
	kore := &genai.SpeechConfig{VoiceConfig: &genai.VoiceConfig{
		PrebuiltVoiceConfig: &genai.PrebuiltVoiceConfig{VoiceName: "Kore"}}}
	run(map[string]call{
		"unary":              ask(model, hello(), nil),
		"stream":             with(func(client *genai.Client) (any, error) { return stream(client, model) }),
		"chat":               with(chat),
		"function_call":      with(functionCall),
		"json_schema":        with(jsonSchema),
		"system_instruction": ask(model, hello(), &config{SystemInstruction: genai.Text("You are a teapot.")[0]}),
		"inline_image":       ask(model, inlineImage(), nil),
		"thinking":           with(thinking),
		"embeddings":         with(embeddings),
		"count_tokens": with(func(client *genai.Client) (any, error) {
			return client.Models.CountTokens(background, model, hello(), nil)
		}),
		"list_models":    with(listModels),
		"image":          drawn("gemini-2.5-flash-image", "IMAGE", "image/", nil),
		"speech":         drawn("gemini-2.5-flash-preview-tts", "AUDIO", "audio/", kore),
		"video":          with(video),
		"batch":          with(batch),
		"interaction":    with(interaction),
		"upload_1b":      upload("upload_1b", 1),
		"upload_1mib":    upload("upload_1mib", 1<<20),
		"upload_100mib":  upload("upload_100mib", 100<<20),
		"cached_content": with(cachedContent),
		"live":           with(live),
		"vertex":         express(model),
		"vertex_quota":   express("gemini-vertex-429"),
		"client_error":   with(clientError),
		"cancel":         with(cancel),
		"timeout":        timeout,
		"parallel_50":    with(parallel),
		"quota_minute":   fault("gemini-quota-minute"),
		"quota_day":      fault("gemini-quota-day"),
		"key_invalid":    fault("gemini-key-invalid"),
		"key_leaked":     fault("gemini-key-leaked"),
		"overloaded":     fault("gemini-overloaded"),
		"reset":          fault("gemini-reset"),
		"slow_start":     fault("gemini-slow-start"),
		"all_keys_out":   allKeysOut,
	})
}
