// Package api is the HTTP door to the clinical services: JSON under /api described by an OpenAPI 3.1 document that is generated
// from the Go types, problem+json for errors, a WebSocket for hints. It authenticates, authorises by one table, decodes, calls a
// service and encodes; it decides nothing clinical.
package api
