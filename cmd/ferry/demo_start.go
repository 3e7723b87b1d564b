package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"ferry/app/sim"
	"ferry/app/sim/company"
	"ferry/app/twilio/twiliotest"
	"ferry/app/web"
	"ferry/sql/importer"
	"ferry/sql/localpg"
	"ferry/sql/migrations"
)

const (
	defaultDemoAddr = "127.0.0.1:8080"
	demoAdminAddr   = "127.0.0.1:8081"
	demoDatabase    = "ferry"
)

// demo is a running 'ferry demo'. Its steps are undone last first, as those of
// a service.
type demo struct {
	options demoOptions
	out     io.Writer
	cfg     Config
	url     string // the service's, without a slash at the end
	service *service

	database string // URL
	fake     *twiliotest.Fake
	token    string // of the fake account
	password string // of the operators' pages, for people to see: one that was given is not repeated
	stops    []step
}

// startDemo starts everything. When a step fails the steps before it are
// undone.
func startDemo(ctx context.Context, o demoOptions, env environment) (*demo, error) {
	d := &demo{options: o, out: env.stdout, token: randomHex()}
	if err := d.start(ctx, env); err != nil {
		return nil, errors.Join(err, d.stop(context.WithoutCancel(ctx)))
	}
	return d, nil
}

func (d *demo) start(ctx context.Context, env environment) error {
	// First what fails for a wrong flag or variable, and costs nothing.
	public, admin, err := d.listen(ctx)
	if err != nil {
		return err
	}
	if d.cfg, err = loadConfig(d.environment(env.getenv, admin), roleAll); err != nil {
		return err
	}
	if d.password = "that of ADMIN_PASSWORD"; env.getenv("ADMIN_PASSWORD") == "" {
		d.password = string(d.cfg.AdminPassword)
	}
	for _, s := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"starting Postgres", d.startPostgres},
		{"making the tables", func(ctx context.Context) error { return migrations.Up(ctx, d.database) }},
		{"importing " + company.Name, d.importCompany},
	} {
		if err := d.step(ctx, s.name, s.run); err != nil {
			return err
		}
	}
	d.cfg.DatabaseURL = secret(d.database)
	if err := d.startFake(); err != nil {
		return err
	}
	return d.startService(ctx, env, public, admin)
}

// step does something that takes a moment, and says so.
func (d *demo) step(ctx context.Context, name string, run func(context.Context) error) error {
	began := time.Now()
	fmt.Fprintf(d.out, "%-36s", name)
	err := run(ctx)
	if err != nil {
		fmt.Fprintln(d.out)
		return err
	}
	fmt.Fprintf(d.out, " %.1f s\n", time.Since(began).Seconds())
	return nil
}

// undo registers how a step that succeeded is stopped.
func (d *demo) undo(name string, stop func(ctx context.Context) error) {
	d.stops = append(d.stops, step{name, stop})
}

// stop undoes the start, last step first. It may be called again.
func (d *demo) stop(ctx context.Context) error {
	var errs []error
	for _, s := range slices.Backward(d.stops) {
		if err := s.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", s.name, err))
		}
	}
	d.stops = nil
	return errors.Join(errs...)
}

// listen takes the demo's two ports.
func (d *demo) listen(ctx context.Context) (public, admin net.Listener, err error) {
	if public, err = listenNear(ctx, d.options.addr, demoAdminAddr, d.out); err != nil {
		return nil, nil, err
	}
	d.undo("public port", closing(public))
	if admin, err = listenNear(ctx, demoAdminAddr, "", d.out); err != nil {
		return nil, nil, err
	}
	d.undo("operators' port", closing(admin))
	d.url = "http://" + reachable(public.Addr())
	return public, admin, nil
}

// closing stops a listener. A server that served on it has closed it already.
func closing(l net.Listener) func(context.Context) error {
	return func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

// obeyed lists the variables that a demo takes from the environment. The others
// are about a real service, above all the account at the real Twilio.
func obeyed() []string {
	return []string{
		"RATE_LIMIT_PER_MINUTE", "ACK_MODE", "ACK_AFTER", "AGENT_WORKERS", "SEND_WORKERS",
		"LOG_LEVEL", "LOG_FORMAT", "ADMIN_USER", "ADMIN_PASSWORD",
	}
}

// environment is the service's environment in a demo. The database and the API
// of the fake are filled in when they are there.
func (d *demo) environment(getenv func(string) string, admin net.Listener) func(string) string {
	ours := map[string]string{
		"DATABASE_URL":           "postgres://later",
		"PUBLIC_URL":             d.url,
		"ADMIN_ADDR":             admin.Addr().String(),
		"ADMIN_USER":             "operator",
		"ADMIN_PASSWORD":         randomHex()[:16],
		"TWILIO_ACCOUNT_SID":     twiliotest.AccountSID,
		"TWILIO_AUTH_TOKEN":      d.token,
		"TWILIO_WHATSAPP_NUMBER": string(twiliotest.Number),
		"LOG_LEVEL":              "warn",
		"LOG_FORMAT":             "text",
	}
	taken := obeyed()
	return func(name string) string {
		if slices.Contains(taken, name) {
			if value := getenv(name); value != "" {
				return value
			}
		}
		return ours[name]
	}
}

func (d *demo) startPostgres(ctx context.Context) error {
	server, err := localpg.Start(ctx, localpg.Options{
		Dir: d.options.data,
		// What is thrown away need not survive a power cut.
		FastUnsafe: d.options.data == "",
	})
	if err != nil {
		return err
	}
	d.undo("Postgres", func(context.Context) error { return server.Stop() })
	d.database = server.URL(demoDatabase)
	return server.CreateDatabase(ctx, demoDatabase)
}

// importCompany makes the demo's company unless it is there from an earlier
// run, whose stock somebody may have changed since.
func (d *demo) importCompany(ctx context.Context) error {
	there, err := hasCompany(ctx, d.database, company.Name)
	if err != nil || there {
		return err
	}
	dir, err := os.MkdirTemp("", "ferry-company-")
	if err != nil {
		return fmt.Errorf("make a folder for the company's files: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a few files in the temporary folder
	if err := company.Write(dir, time.Now()); err != nil {
		return fmt.Errorf("write the company's files: %w", err)
	}
	_, err = importer.Import(ctx, d.database, importer.Options{
		Company: company.Name, Dir: dir, TimeZone: company.TimeZone, Currency: company.Currency,
	})
	if err != nil {
		return fmt.Errorf("import the company: %w", err)
	}
	return nil
}

func hasCompany(ctx context.Context, databaseURL, name string) (there bool, err error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return false, fmt.Errorf("connect to the demo's database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM companies WHERE name = $1)`, name).Scan(&there); err != nil {
		return false, fmt.Errorf("look for the demo's company: %w", err)
	}
	return there, nil
}

// phoneSteps is what becomes of a message on the phone of somebody who looks at
// it: slowly enough for the eye to follow.
func phoneSteps() []twiliotest.Step {
	return []twiliotest.Step{
		{Status: "sent"},
		{Status: "delivered", After: 80 * time.Millisecond},
		{Status: "read", After: 700 * time.Millisecond},
	}
}

func (d *demo) startFake() error {
	d.fake = twiliotest.New(twiliotest.Options{AuthToken: d.token, Steps: phoneSteps()})
	if err := d.fake.Start(); err != nil {
		return fmt.Errorf("start the stand-in for Twilio: %w", err)
	}
	d.undo("the stand-in for Twilio", func(context.Context) error { d.fake.Close(); return nil })
	d.cfg.Twilio.APIURL = d.fake.URL()
	return nil
}

func (d *demo) startService(ctx context.Context, env environment, public, admin net.Listener) error {
	simulator, err := sim.New(sim.Options{
		Fake: d.fake, WebhookURL: d.url + web.MessagePath, Company: company.Name, People: demoPeople(),
		Chips: demoChips(), Operators: "http://" + admin.Addr().String() + "/",
	})
	if err != nil {
		return fmt.Errorf("make the simulator: %w", err)
	}
	log := newLogger(env.stderr, d.cfg.LogLevel, d.cfg.LogFormat)
	d.service, err = startService(ctx, d.cfg, roleAll, log, serviceOptions{
		public: public, admin: admin,
		pages: map[string]http.Handler{sim.Path: simulator, "/": home()},
	})
	if err != nil {
		simulator.Close()
		return err
	}
	d.undo("the service", d.service.stop)
	// Before the service: its listener waits for open pages to hang up.
	d.undo("the simulator", func(context.Context) error { simulator.Close(); return nil })
	note := newDemoNote(env.getenv)
	if err := note.write(d.url); err != nil {
		log.Warn("ferry chat will not find this demo without --url", "error", err)
		return nil
	}
	d.undo("the note for ferry chat", func(context.Context) error { return note.remove(d.url) })
	return nil
}

// home sends a browser that was given no path to the simulator.
func home() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler(sim.Path, http.StatusFound))
	return mux
}

// demoPeople are the company's people, and one whom it does not know.
func demoPeople() []sim.Person {
	var people []sim.Person
	for _, p := range company.People() {
		people = append(people, sim.Person{Phone: p.Phone, Name: p.Name, Persona: p.Persona, Role: p.Role, Language: p.Language})
	}
	return append(people, sim.Person{Phone: "+447700900199", Name: "A stranger"})
}

// demoChips are messages worth a click, answered from the demo's company.
func demoChips() []string {
	return []string{"stock COF-001", "how many decaf left in Leeds?", "show alerts", "inventory report", "help"}
}

// randomHex is 128 random bits as 32 hexadecimal digits.
func randomHex() string {
	var b [16]byte
	rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}
