// Command lint runs, in one load of the program, the analysers that find bugs: vet's own passes, staticcheck's SA and S checks,
// errcheck, errorlint, bodyclose and sqlclosecheck. It is a module of its own so that the product's go.mod stays small.
//
//	go build -C deploy/lint -o ../../bin/lint . && bin/lint ./...
package main

import (
	"strings"

	"github.com/kisielk/errcheck/errcheck"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"github.com/ryanrolds/sqlclosecheck/pkg/analyzer"
	"github.com/timakin/bodyclose/passes/bodyclose"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/multichecker"
	"golang.org/x/tools/go/analysis/passes/assign"
	"golang.org/x/tools/go/analysis/passes/atomic"
	"golang.org/x/tools/go/analysis/passes/bools"
	"golang.org/x/tools/go/analysis/passes/copylock"
	"golang.org/x/tools/go/analysis/passes/defers"
	"golang.org/x/tools/go/analysis/passes/errorsas"
	"golang.org/x/tools/go/analysis/passes/httpresponse"
	"golang.org/x/tools/go/analysis/passes/loopclosure"
	"golang.org/x/tools/go/analysis/passes/lostcancel"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/printf"
	"golang.org/x/tools/go/analysis/passes/sigchanyzer"
	"golang.org/x/tools/go/analysis/passes/slog"
	"golang.org/x/tools/go/analysis/passes/stdmethods"
	"golang.org/x/tools/go/analysis/passes/structtag"
	"golang.org/x/tools/go/analysis/passes/testinggoroutine"
	"golang.org/x/tools/go/analysis/passes/unmarshal"
	"golang.org/x/tools/go/analysis/passes/unusedresult"
	"golang.org/x/tools/go/analysis/passes/waitgroup"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/unused"
)

func main() {
	checks := []*analysis.Analyzer{
		assign.Analyzer, atomic.Analyzer, bools.Analyzer, copylock.Analyzer, defers.Analyzer, errorsas.Analyzer,
		httpresponse.Analyzer, loopclosure.Analyzer, lostcancel.Analyzer, nilness.Analyzer, printf.Analyzer,
		sigchanyzer.Analyzer, slog.Analyzer, stdmethods.Analyzer, structtag.Analyzer, testinggoroutine.Analyzer,
		unmarshal.Analyzer, unusedresult.Analyzer, waitgroup.Analyzer,
		errcheck.Analyzer, errorlint.NewAnalyzer(), bodyclose.Analyzer, analyzer.NewAnalyzer(),
		unused.Analyzer.Analyzer,
	}
	for _, c := range staticcheck.Analyzers {
		// SA1019 (deprecated) is advice for a release, not a bug.
		if c.Analyzer.Name != "SA1019" {
			checks = append(checks, c.Analyzer)
		}
	}
	for _, c := range simple.Analyzers {
		if strings.HasPrefix(c.Analyzer.Name, "S1") {
			checks = append(checks, c.Analyzer)
		}
	}
	multichecker.Main(checks...)
}
