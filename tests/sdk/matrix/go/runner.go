// Google's SDK for Go through gemkeeper: a program that matrix.mjs runs.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
)

type side struct{ url, key string }

var (
	straight = side{os.Getenv("SDK_STRAIGHT_URL"), "secret-of-straight"}
	through  = side{os.Getenv("SDK_URL"), "secret-of-client"}
)

// A call gives a plain value, the same whoever answers.
type call func(at side) (any, error)

// What differs from one answer to the next by nature.
var volatile = map[string]bool{
	"responseid": true, "id": true, "date": true, "createtime": true, "updatetime": true, "expirationtime": true,
	"expiretime": true, "endtime": true, "uri": true, "created": true, "updated": true,
	"previous_interaction_id": true, "continuation_ids": true,
}

func stripped(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, each := range value {
			lower := strings.ToLower(name)
			if volatile[lower] || strings.HasPrefix(lower, "x-gemkeeper-") {
				delete(value, name)
			} else {
				value[name] = stripped(each)
			}
		}
	case []any:
		for index, each := range value {
			value[index] = stripped(each)
		}
	}
	return value
}

func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var read any
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&read); err != nil {
		return nil, err
	}
	return stripped(read), nil
}

func perform(do call, at side) (any, error) {
	value, err := do(at)
	if err != nil {
		return nil, err
	}
	return plain(value)
}

func shortened(value any) string {
	text, _ := json.Marshal(value)
	return string(text[:min(len(text), 700)])
}

// Seconds that the call through gemkeeper took.
func runFeature(do call, onlyThrough bool) (float64, error) {
	var expected any
	if !onlyThrough {
		var err error
		if expected, err = perform(do, straight); err != nil {
			return 0, fmt.Errorf("straight: %w", err)
		}
	}
	start := time.Now()
	answer, err := perform(do, through)
	seconds := time.Since(start).Seconds()
	if err != nil {
		return seconds, err
	}
	if answer == nil {
		return seconds, errors.New("no value")
	}
	if !onlyThrough && !reflect.DeepEqual(expected, answer) {
		return seconds, fmt.Errorf("straight: %s; through: %s", shortened(expected), shortened(answer))
	}
	return seconds, nil
}

func run(offers map[string]call) {
	if os.Getenv("SDK_MODE") == "forward" {
		through.url = "" // the client has its own idea of where the API is
	}
	for _, feature := range strings.Split(os.Getenv("SDK_FEATURES"), ",") {
		report := struct {
			Feature string  `json:"feature"`
			Result  string  `json:"result"`
			Detail  string  `json:"detail"`
			Seconds float64 `json:"seconds"`
		}{feature, "passed", "", 0}
		if do, offered := offers[feature]; !offered {
			report.Result = "not offered"
		} else if seconds, err := runFeature(do, feature == "upload_100mib"); err != nil {
			report.Result, report.Detail = "failed", err.Error()
		} else {
			report.Seconds = seconds
		}
		line, _ := json.Marshal(report)
		fmt.Println(string(line))
	}
}
