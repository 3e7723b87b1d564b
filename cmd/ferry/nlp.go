package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"ferry/nlp"
)

// maxLine is the longest line that --jsonl reads, in bytes; a longer one is
// answered with an error, and reading goes on after it.
const maxLine = 1 << 20

const nlpUsage = `Usage:
  ferry nlp parse [-v] [--now TIME] [--timezone ZONE] [TEXT]
  ferry nlp parse [-v] [--now TIME] [--timezone ZONE] --jsonl

Prints what ferry understands of a text as one JSON object: text, intent,
confidence, entities. Without TEXT the text is read from standard input.

  --jsonl          read one JSON object a line from standard input
                   ({"text", "now"?, "timezone"?, "lang"?}), print one a line
  --now TIME       when the text is read: RFC 3339, "2026-07-15T09:30:00" or
                   "2026-07-15" (default: the present)
  --timezone ZONE  IANA zone of the person, e.g. Europe/London
                   (default: that of TIME, else this machine's)
  -v               also print to standard error how each answer came about
`

// nlpOptions are the flags of nlp parse.
type nlpOptions struct {
	jsonl, verbose bool
	now, timezone  string
}

// runNLP is `ferry nlp`: what ferry understands of texts, without a database.
func runNLP(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	var o nlpOptions
	flags := flag.NewFlagSet("nlp parse", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.jsonl, "jsonl", false, "")
	flags.BoolVar(&o.verbose, "v", false, "")
	flags.StringVar(&o.now, "now", "", "")
	flags.StringVar(&o.timezone, "timezone", "", "")
	if len(args) == 0 || args[0] != "parse" {
		return usagef("want the subcommand parse")
	}
	switch err := flags.Parse(args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return usagef("%v", err)
	case o.jsonl && flags.NArg() > 0:
		return usagef("--jsonl reads standard input and takes no TEXT")
	}
	if o.jsonl {
		return parseLines(ctx, o, stdin, stdout, stderr)
	}
	return parseOne(o, flags.Args(), stdin, stdout, stderr)
}

// parseOne reads one text, from the arguments or else from stdin.
func parseOne(o nlpOptions, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	clock, err := readClock(o.now, o.timezone)
	if err != nil {
		return usagef("%v", err)
	}
	text := strings.Join(args, " ")
	if len(args) == 0 {
		in, err := io.ReadAll(io.LimitReader(stdin, maxLine))
		if err != nil {
			return fmt.Errorf("read text: %w", err)
		}
		text = strings.TrimRight(string(in), "\r\n")
	}
	result := nlp.Parse(text, clock)
	if err := printJSON(stdout, result); err != nil {
		return err
	}
	if o.verbose {
		_, err = io.WriteString(stderr, result.Trace.String())
	}
	return err
}

// nlpLine is one line of --jsonl's input; other keys are passed over, so that
// labelled files can be read as they are.
type nlpLine struct {
	Text     *string `json:"text"`
	Now      string  `json:"now"`
	TimeZone string  `json:"timezone"`
	Lang     string  `json:"lang"` // accepted for later; one grammar reads all texts now
}

// nlpLineError answers a line that cannot be read.
type nlpLineError struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

// parseLines answers each line of stdin in order. Blank lines are passed over.
// Answers leave as soon as no further input waits, so that the command can
// also be talked to through pipes.
func parseLines(ctx context.Context, o nlpOptions, stdin io.Reader, stdout, stderr io.Writer) error {
	in := bufio.NewReaderSize(stdin, 64<<10)
	out := bufio.NewWriterSize(stdout, 64<<10)
	number, bad := 0, 0
	for ctx.Err() == nil {
		line, tooLong, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", number+1, err)
		}
		atEnd := err != nil
		if number++; tooLong || len(bytes.TrimSpace(line)) > 0 {
			result, err := parseLine(o, line, tooLong)
			if err != nil {
				bad++
				err = printJSON(out, nlpLineError{Line: number, Error: err.Error()})
			} else if err = printJSON(out, result); err == nil && o.verbose {
				_, err = fmt.Fprintf(stderr, "line %d\n%s", number, result.Trace)
			}
			if err != nil {
				return err
			}
		}
		if in.Buffered() == 0 || atEnd {
			if err := out.Flush(); err != nil {
				return fmt.Errorf("write answers: %w", err)
			}
		}
		if atEnd {
			break
		}
	}
	switch {
	case bad == 1:
		return errors.New("1 line could not be read: its answer says why")
	case bad > 1:
		return fmt.Errorf("%d lines could not be read: their answers say why", bad)
	}
	return ctx.Err()
}

// parseLine answers one line.
func parseLine(o nlpOptions, line []byte, tooLong bool) (nlp.Result, error) {
	if tooLong {
		return nlp.Result{}, fmt.Errorf("longer than %d bytes", maxLine)
	}
	in := nlpLine{Now: o.now, TimeZone: o.timezone}
	if err := json.Unmarshal(line, &in); err != nil {
		return nlp.Result{}, fmt.Errorf("not a JSON object of the expected kind: %w", err)
	}
	if in.Text == nil {
		return nlp.Result{}, errors.New(`"text" is missing`)
	}
	clock, err := readClock(in.Now, in.TimeZone)
	if err != nil {
		return nlp.Result{}, err
	}
	return nlp.Parse(*in.Text, clock), nil
}

// readLine reads up to the next newline; of a line over maxLine it reads the
// rest but keeps nothing. io.EOF comes with the last line.
func readLine(in *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			tooLong, line = true, nil
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// readClock reads a time and a zone; both may be empty.
func readClock(now, timezone string) (nlp.Clock, error) {
	zone := time.Local
	if timezone != "" {
		loc, err := time.LoadLocation(timezone)
		if err != nil {
			return nlp.Clock{}, fmt.Errorf("timezone %q: want an IANA name such as Europe/London", timezone)
		}
		zone = loc
	}
	if now == "" {
		return nlp.Clock{Now: time.Now().In(zone), WeekStart: time.Monday}, nil
	}
	if t, err := time.Parse(time.RFC3339, now); err == nil {
		if timezone != "" {
			t = t.In(zone)
		}
		return nlp.Clock{Now: t, WeekStart: time.Monday}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, now, zone); err == nil {
			return nlp.Clock{Now: t, WeekStart: time.Monday}, nil
		}
	}
	return nlp.Clock{}, fmt.Errorf("now %q: want RFC 3339, such as 2026-07-15T09:30:00+01:00", now)
}

// printJSON writes v on one line, without escaping <, > and &.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}
