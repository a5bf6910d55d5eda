package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strconv"
)

// session is one connection. prepared is its cache of statements, nil if the driver keeps its own.
type session struct {
	engine   engine
	conn     *sql.Conn
	prepared map[string]statement
}

// statement is one that stays prepared as long as its connection.
type statement struct{ *sql.Stmt }

// upTo bounds the rows of a statement, as a literal: SQLite prepares a statement anew whenever a bound LIMIT is set.
func upTo(n int) string { return " LIMIT " + strconv.Itoa(n) }

// maxPrepared bounds the statements that one connection keeps prepared.
const maxPrepared = 500

func (s *session) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s.prepared == nil {
		return s.conn.ExecContext(ctx, query, args...)
	}
	p, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return p.ExecContext(ctx, args...)
}

func (s *session) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.prepared == nil {
		return s.conn.QueryContext(ctx, query, args...)
	}
	p, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return p.QueryContext(ctx, args...)
}

func (s *session) prepare(ctx context.Context, query string) (statement, error) {
	if p, ok := s.prepared[query]; ok {
		return p, nil
	}
	if len(s.prepared) >= maxPrepared {
		s.forget()
	}
	p, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return statement{}, err
	}
	s.prepared[query] = statement{p}
	return statement{p}, nil
}

func (s *session) forget() {
	for q, p := range s.prepared {
		_ = p.Close()
		delete(s.prepared, q)
	}
}

// release gives a connection back to its pool, or away for good if it is broken.
func release(s *session, broken bool) {
	if broken {
		s.forget()
		_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = s.close()
}

func (s *session) close() error {
	s.forget()
	return s.conn.Close()
}
