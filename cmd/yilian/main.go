// Command yilian is the whole service in one program: the archive, the consult desk, the call server and their tools.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line. Each command is a struct with its flags and a Run method, in a file of its own.
type commands struct {
	Config  kong.ConfigFlag `help:"A JSON file with settings; its keys are the flags' names." env:"YILIAN_CONFIG" placeholder:"FILE"`
	Log     logSettings     `embed:"" prefix:"log-"`
	Version kong.VersionFlag

	Serve   serveCmd   `cmd:"" help:"Run the service."`
	Demo    demoCmd    `cmd:"" help:"Run the service with a fictional county, its people and studies."`
	Admin   adminCmd   `cmd:"" help:"Create the first administrator or give one a new password."`
	Send    sendCmd    `cmd:"" help:"Send DICOM files to a device or archive (C-STORE)."`
	Echo    echoCmd    `cmd:"" help:"Ask a device or archive whether it is there (C-ECHO)."`
	Backup  backupCmd  `cmd:"" help:"Copy a running embedded installation into a file."`
	Restore restoreCmd `cmd:"" help:"Make an installation from a backup."`
	Fsck    fsckCmd    `cmd:"" help:"Check every stored object against its hash, and the index both ways; repair what can be."`
	Openapi openapiCmd `cmd:"" help:"Print the OpenAPI document of the HTTP API."`
	Bench   benchCmd   `cmd:"" help:"Measure, also beside other programs."`
}

// logSettings says what is logged and how.
type logSettings struct {
	Level slog.Level `help:"debug, info, warn or error." default:"info" env:"YILIAN_LOG_LEVEL"`
	JSON  bool       `name:"json" help:"One JSON object a line." env:"YILIAN_LOG_JSON"`
}

func (l logSettings) logger() *slog.Logger {
	opts := &slog.HandlerOptions{Level: l.Level}
	if l.JSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opts))
}

// version is set by the linker.
var version = "dev"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "yilian:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("yilian"), kong.Description("医联: consults and remote imaging for county medical consortia."),
		kong.Configuration(settingsFile), kong.Vars{"version": version}, kong.DefaultEnvars("YILIAN"), kong.UsageOnError(),
		// Durations read better as 90s than as nanoseconds, and errors name the flag.
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return err
	}
	kctx, err := parser.Parse(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	kctx.BindTo(ctx, (*context.Context)(nil))
	return kctx.Run(cli.Log.logger())
}
