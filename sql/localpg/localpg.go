// Package localpg runs a Postgres server of our own from the programs found on
// the machine: for the demo, for benchmarks and for tests. It listens on
// 127.0.0.1 alone, asks for a password, and does not outlive this process. It
// works on Linux and macOS.
//
// It is not for production: DATABASE_URL names the server there.
package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	superuser = "ferry"
	// firstPort to lastPort lies below the ports that Linux (32768) and macOS
	// (49152) give to outgoing connections: one of those must not take the
	// server's port while it is down between Kill and Restart.
	firstPort, lastPort = 20000, 32000
	// portAttempts bounds the search for a free port, and, with portPause
	// between two attempts, the wait for a given one.
	portAttempts = 20
	portPause    = 100 * time.Millisecond
)

// Options of a server. The zero value is a durable server in a temporary folder.
type Options struct {
	// Dir keeps the data between runs; it is made if need be. "" is a new
	// temporary folder, removed by Stop, or without it when this process ends.
	Dir string
	// FastUnsafe gives up durability (fsync and more) for speed: a crash of the
	// machine, though not of the server, may lose or corrupt the data. A
	// temporary folder is then held in memory if there is room. For tests.
	FastUnsafe bool
	// Settings are further server settings, by the names of postgresql.conf.
	// They win over those made here.
	Settings map[string]string
	// Logger is told of starts and stops; nil for nobody.
	Logger *slog.Logger
}

// Server is a running Postgres. Its methods may be called at any time, from any
// goroutine.
type Server struct {
	options  Options
	server   installation
	runAs    *account
	folder   *folder
	port     int
	password string

	mu      sync.Mutex
	process *process // nil while it is down
	closed  bool
}

// Start makes the database files if they are not there, starts a server on a
// free port and returns when it takes connections: in about a second, of which
// initdb takes most. ctx bounds the start, not the life of the server.
//
// The error says what to install when no Postgres is found.
func Start(ctx context.Context, options Options) (*Server, error) {
	return start(ctx, options, defaultSearch())
}

func start(ctx context.Context, options Options, programs search) (*Server, error) {
	options.Logger = cmp.Or(options.Logger, slog.New(slog.DiscardHandler))
	runAs, err := serverAccount()
	if err != nil {
		return nil, err
	}
	f, err := openFolder(options.Dir, options.FastUnsafe)
	if err != nil {
		return nil, err
	}
	s := &Server{options: options, runAs: runAs, folder: f}
	err = s.prepare(ctx, programs)
	if err == nil {
		err = s.up(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return s, nil
}

// prepare finds the programs and makes the data folder ready to serve.
func (s *Server) prepare(ctx context.Context, programs search) error {
	major, err := s.folder.major()
	if err != nil {
		return err
	}
	if s.server, err = programs.locate(ctx, major); err != nil {
		return err
	}
	if major == 0 {
		var flags []string
		if s.options.FastUnsafe {
			flags = []string{"--wal-segsize=1"} // MB; the default of 16 is written at once
		}
		s.password, err = s.folder.initialise(ctx, s.server, s.runAs, flags...)
		return err
	}
	if err := s.runAs.reach(s.folder.path); err != nil {
		return err
	}
	if s.password, err = s.folder.password(); err != nil {
		return err
	}
	return s.folder.stopOrphan(ctx, s.server, s.runAs)
}

// up runs the server. A port that is taken between its choice and its use is
// given up for another; the port that the server had before is waited for.
func (s *Server) up(ctx context.Context) error {
	keep := s.port != 0
	var err error
	for range portAttempts {
		if !keep {
			if s.port, err = freePort(ctx); err != nil {
				return err
			}
		}
		if err = s.run(ctx); !errors.Is(err, errPortTaken) {
			return err
		}
		if keep {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(portPause):
			}
		}
	}
	return err
}

// run makes one attempt to run the server on its port.
func (s *Server) run(ctx context.Context) error {
	log, err := os.Create(s.folder.log())
	if err != nil {
		return fmt.Errorf("make the server's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the server holds its own descriptor

	cmd := exec.Command(filepath.Join(s.server.dir, "postgres"), s.arguments()...) //nolint:gosec,noctx // see inspect; it outlives the context of the start
	cmd.Dir, cmd.Env = s.folder.path, environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes(s.runAs, s.folder.shutdown())
	p, err := launch(cmd)
	if err != nil {
		return err
	}
	if err := p.awaitReady(ctx, s.folder.data()); err != nil {
		return errors.Join(s.explain(err), p.stop(syscall.SIGQUIT))
	}
	s.process = p
	s.options.Logger.InfoContext(ctx, "postgres started", "dir", s.folder.path, "port", s.port, "version", s.server.major)
	return nil
}

// explain adds the end of the server's log to err.
func (s *Server) explain(err error) error {
	text, readErr := os.ReadFile(s.folder.log())
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	if strings.Contains(string(text), "could not create any TCP/IP sockets") {
		return errPortTaken
	}
	return fmt.Errorf("%w: %s", err, lastLines(text))
}

// arguments of the postgres program.
func (s *Server) arguments() []string {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(s.port),
		"unix_socket_directories": "",
		"max_connections":         "200", // tests run in parallel, each with a pool
		"timezone":                "UTC",
		"log_timezone":            "UTC",
	}
	if s.options.FastUnsafe {
		maps.Copy(settings, map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			// Keeps the folder small: it is often in memory or on a small disk.
			"min_wal_size": "32MB", "max_wal_size": "128MB",
		})
	}
	maps.Copy(settings, s.options.Settings)
	args := []string{"-D", s.folder.data()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// freePort finds a port that nobody listens on now.
func freePort(ctx context.Context) (int, error) {
	var listen net.ListenConfig
	var err error
	for range portAttempts {
		port := firstPort + rand.IntN(lastPort-firstPort) //nolint:gosec // a port is no secret
		var listener net.Listener
		if listener, err = listen.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, listener.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}

// BinDir is the folder of the server's programs; psql and pgbench are there too
// if they are installed.
func (s *Server) BinDir() string { return s.server.dir }

// URL is the connection URL of a database, as the superuser. "postgres" is
// always there; see CreateDatabase for others.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase makes an empty database unless there is one of that name.
func (s *Server) CreateDatabase(ctx context.Context, database string) (err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to the local server: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, database).Scan(&there); err != nil {
		return fmt.Errorf("look for database %s: %w", database, err)
	}
	if there {
		return nil
	}
	// CREATE DATABASE takes no parameters, so the name is quoted.
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{database}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	return nil
}

// Kill stops the server as a crash would: at once, without a checkpoint or a
// word to its clients. Restart brings it back, and what was committed with it.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down(syscall.SIGQUIT)
}

// Restart starts the server again on the same port and the same data, after a
// fast stop if it still runs. ctx bounds the start, recovery included.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("restart postgres: it was stopped for good")
	}
	if err := s.down(syscall.SIGINT); err != nil {
		return err
	}
	return s.up(ctx)
}

// Stop ends the server and removes its folder if that is temporary. A kept
// folder serves the next Start. Further calls do nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.down(s.folder.shutdown()), s.folder.close())
}

// down ends the process, if there is one. SIGINT is Postgres's fast shutdown,
// SIGQUIT its immediate one.
func (s *Server) down(how syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	err := s.process.stop(how)
	s.process = nil
	s.options.Logger.Info("postgres stopped", "dir", s.folder.path, "signal", how.String())
	return err
}
