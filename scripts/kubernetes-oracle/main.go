// Writes the answers of test/facts/kubernetes/oracle.jsonl, yaml.jsonl and patches.jsonl: what the code of Kubernetes
// itself makes of request lines, selectors, image references, YAML and patches. Run: go run . FILE
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/request"
	"sigs.k8s.io/yaml"
)

type row = map[string]any

var factory = request.RequestInfoFactory{
	APIPrefixes:          sets.NewString("api", "apis"),
	GrouplessAPIPrefixes: sets.NewString("api"),
}

// The file is a table of JSON lines: a question, and beside it the answer, which is written anew.
func main() {
	read, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(read)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	var table bytes.Buffer
	out := json.NewEncoder(&table)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var old row
		if err := json.Unmarshal(lines.Bytes(), &old); err != nil {
			panic(err)
		}
		if err := out.Encode(again(old, lines.Bytes())); err != nil {
			panic(err)
		}
	}
	if err := os.WriteFile(os.Args[1], table.Bytes(), 0o644); err != nil {
		panic(err)
	}
}

// The same question with its answer.
func again(old row, line []byte) row {
	if kind, ok := old["type"].(string); ok {
		var question struct{ Patch json.RawMessage }
		if err := json.Unmarshal(line, &question); err != nil {
			panic(err)
		}
		features, err := patched(kind, question.Patch)
		if err != nil {
			return row{"type": kind, "patch": question.Patch, "error": "refused"}
		}
		return row{"type": kind, "patch": question.Patch, "features": features}
	}
	for _, kind := range []string{"request", "labels", "fields", "image", "yaml"} {
		if text, ok := old[kind].(string); ok {
			answer := ask(kind, text)
			answer[kind] = text
			return answer
		}
	}
	panic("no question")
}

func ask(kind, text string) row {
	switch kind {
	case "request":
		return requestInfo(text)
	case "labels":
		return labelSelector(text)
	case "fields":
		return fieldSelector(text)
	case "image":
		return image(text)
	case "yaml":
		return yamlValue(text)
	}
	panic(kind)
}

// The request line goes through the HTTP server's own parser.
func requestInfo(line string) row {
	read, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + " HTTP/1.1\r\nHost: localhost\r\n\r\n")))
	if err != nil {
		return row{"error": "http"}
	}
	info, err := factory.NewRequestInfo(read)
	if err != nil {
		return row{"error": "request"}
	}
	if !info.IsResourceRequest {
		return row{"verb": info.Verb, "path": info.Path}
	}
	return row{"verb": info.Verb, "group": info.APIGroup, "version": info.APIVersion, "resource": info.Resource,
		"subresource": info.Subresource, "namespace": info.Namespace, "name": info.Name}
}

func labelSelector(text string) row {
	parsed, err := labels.Parse(text)
	if err != nil {
		return row{"error": "labels"}
	}
	found := []row{}
	requirements, _ := parsed.Requirements()
	for _, one := range requirements {
		found = append(found, row{"key": one.Key(), "operator": operator(one.Operator()), "values": one.Values().List()})
	}
	return row{"requirements": found}
}

func operator(one selection.Operator) string {
	switch one {
	case selection.Equals, selection.DoubleEquals, selection.In:
		return "In"
	case selection.NotEquals, selection.NotIn:
		return "NotIn"
	case selection.Exists:
		return "Exists"
	case selection.DoesNotExist:
		return "DoesNotExist"
	case selection.GreaterThan:
		return "Gt"
	case selection.LessThan:
		return "Lt"
	}
	panic(one)
}

func fieldSelector(text string) row {
	parsed, err := fields.ParseSelector(text)
	if err != nil {
		return row{"error": "fields"}
	}
	found := []row{}
	for _, one := range parsed.Requirements() {
		found = append(found, row{"key": one.Field, "operator": operator(one.Operator), "values": []string{one.Value}})
	}
	return row{"requirements": found}
}

func image(text string) row {
	named, err := reference.ParseDockerRef(text)
	if err != nil {
		return row{"error": "image"}
	}
	answer := row{"registry": reference.Domain(named), "repository": reference.Path(named)}
	if digested, ok := named.(reference.Digested); ok {
		answer["digest"] = digested.Digest().String()
	}
	if tagged, ok := named.(reference.Tagged); ok {
		answer["tag"] = tagged.Tag()
	}
	return answer
}

// As the server and kubectl turn YAML into JSON.
func yamlValue(text string) row {
	value, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return row{"error": "yaml"}
	}
	return row{"value": json.RawMessage(value)}
}
