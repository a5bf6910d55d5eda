package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"yilian"
	"yilian/consult/directory"
	"yilian/storage/sqlstore"
)

// adminCmd makes the first administrator of an installation; later ones are made in the page. With --reset it gives an
// administrator who lost the password a new one.
type adminCmd struct {
	settings    `embed:""`
	Login       string `arg:"" help:"Login of the administrator." default:"admin"`
	Name        string `help:"The administrator's name." default:"管理员"`
	Institution string `help:"Name of the institution where the administrator works; made if it is not there." default:"总医院"`
	Reset       bool   `help:"Give an existing person a new password."`
}

func (c *adminCmd) Run(ctx context.Context, log *slog.Logger) error {
	if err := c.prepare(); err != nil {
		return err
	}
	db, err := sqlstore.Open(ctx, c.database(log))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	dir := directory.New(db.Flow(), log, time.Now)
	password, err := readPassword()
	if err != nil {
		return err
	}
	if c.Reset {
		return c.reset(ctx, dir, password)
	}
	p, err := dir.Bootstrap(ctx, c.Institution, c.Login, c.Name, password)
	if err != nil {
		return err
	}
	fmt.Printf("administrator %s is ready: sign in at the page\n", p.Login)
	return nil
}

func (c *adminCmd) reset(ctx context.Context, dir *directory.Service, password string) error {
	people, err := dir.People(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Login != c.Login {
			continue
		}
		if err := dir.SetPassword(ctx, yilian.System, yilian.PersonID(p.ID), password); err != nil {
			return err
		}
		if err := dir.Unlock(ctx, yilian.System, yilian.PersonID(p.ID)); err != nil {
			return err
		}
		fmt.Printf("%s has a new password; all their sessions ended\n", p.Login)
		return nil
	}
	return fmt.Errorf("nobody has the login %q", c.Login)
}

// readPassword asks for a password twice without showing it; from a pipe it reads one line.
func readPassword() (string, error) {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.Join(errors.New("no password on standard input"), err)
		}
		return line, nil
	}
	fmt.Fprint(os.Stderr, "Password: ")
	first, err := term.ReadPassword(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(os.Stderr, "\nAgain: ")
	second, err := term.ReadPassword(fd)
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return "", err
	}
	if string(first) != string(second) {
		return "", errors.New("the two passwords differ")
	}
	return string(first), nil
}
