package sfu

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLog lets pion write into slog: its warnings are this service's debug messages, since a peer can cause any of them.
type pionLog struct{ log *slog.Logger }

func (f pionLog) NewLogger(scope string) logging.LeveledLogger {
	return leveled{f.log.With("pion", scope)}
}

type leveled struct{ log *slog.Logger }

func (leveled) Trace(string)                   {}
func (leveled) Tracef(string, ...any)          {}
func (leveled) Debug(string)                   {}
func (leveled) Debugf(string, ...any)          {}
func (leveled) Info(string)                    {}
func (leveled) Infof(string, ...any)           {}
func (l leveled) Warn(msg string)              { l.log.Debug(msg) }
func (l leveled) Warnf(f string, args ...any)  { l.debugf(f, args) }
func (l leveled) Error(msg string)             { l.log.Debug(msg) }
func (l leveled) Errorf(f string, args ...any) { l.debugf(f, args) }

func (l leveled) debugf(f string, args []any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug(fmt.Sprintf(f, args...))
	}
}
