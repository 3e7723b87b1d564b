package main

import (
	"context"
	"fmt"
	"strconv"

	"ferry/sql/migrations"
)

const migrateUsage = `Usage:
  ferry migrate up         bring the database to this binary's version
  ferry migrate down N     take back the newest N migrations, and the data of their tables
  ferry migrate version    print the database's version, 0 for none
  ferry migrate force V    after a failed migration: record that the tables are at version V

River's tables are part of the same history. DATABASE_URL names the database.
`

func migrateCommand() command {
	return command{
		name:    "migrate",
		summary: "create, change or take back the database's tables",
		usage:   migrateUsage,
		run:     runMigrate,
	}
}

// runMigrate checks the whole call before it looks for a database.
func runMigrate(ctx context.Context, args []string, env environment) error {
	if len(args) == 0 {
		return usagef("say what to do: up, down N, version or force V")
	}
	var act func(context.Context, string, environment) error
	var err error
	switch what, rest := args[0], args[1:]; what {
	case "up":
		act, err = migrateUp, noMore(what, rest)
	case "version":
		act, err = migrateVersion, noMore(what, rest)
	case "down":
		var n int
		n, err = oneNumber(what, rest, 1)
		act = func(ctx context.Context, url string, env environment) error { return migrateDown(ctx, url, n, env) }
	case "force":
		var v int
		v, err = oneNumber(what, rest, 0)
		act = func(ctx context.Context, url string, env environment) error { return migrateForce(ctx, url, v, env) }
	default:
		err = usagef("unknown action %q: want up, down N, version or force V", what)
	}
	if err != nil {
		return err
	}
	databaseURL, err := databaseURLFrom(env.getenv)
	if err != nil {
		return err
	}
	return act(ctx, string(databaseURL), env)
}

func migrateUp(ctx context.Context, databaseURL string, env environment) error {
	return tellMove(ctx, databaseURL, env, func() error { return migrations.Up(ctx, databaseURL) })
}

func migrateDown(ctx context.Context, databaseURL string, n int, env environment) error {
	return tellMove(ctx, databaseURL, env, func() error { return migrations.Down(ctx, databaseURL, n) })
}

// tellMove prints from which version to which one move brought the database.
func tellMove(ctx context.Context, databaseURL string, env environment, move func() error) error {
	before, _, err := migrations.Version(ctx, databaseURL)
	if err != nil {
		return err
	}
	if err := move(); err != nil {
		return err
	}
	after, _, err := migrations.Version(ctx, databaseURL)
	if err != nil {
		return err
	}
	if before == after {
		_, err = fmt.Fprintf(env.stdout, "nothing to do: the database is at version %d\n", after)
	} else {
		_, err = fmt.Fprintf(env.stdout, "the database went from version %d to %d\n", before, after)
	}
	return err
}

func migrateVersion(ctx context.Context, databaseURL string, env environment) error {
	version, dirty, err := migrations.Version(ctx, databaseURL)
	if err != nil {
		return err
	}
	mark := ""
	if dirty {
		mark = " (dirty)"
	}
	_, err = fmt.Fprintf(env.stdout, "%d%s\n", version, mark)
	return err
}

func migrateForce(ctx context.Context, databaseURL string, v int, env environment) error {
	if err := migrations.Force(ctx, databaseURL, v); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.stdout, "the database is now taken to be at version %d\n", v)
	return err
}

func noMore(what string, rest []string) error {
	if len(rest) > 0 {
		return usagef("%s takes no further argument, not %q", what, rest[0])
	}
	return nil
}

// oneNumber reads the only argument of an action, a whole number from least on.
func oneNumber(what string, rest []string, least int) (int, error) {
	if len(rest) != 1 {
		return 0, usagef("%s takes one number", what)
	}
	n, err := strconv.Atoi(rest[0])
	if err != nil || n < least {
		return 0, usagef("%s takes a whole number, %d or more, not %q", what, least, rest[0])
	}
	return n, nil
}
