package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"runtime"
	"time"

	"github.com/labstack/echo/v4"
)

//go:embed pages
var pages embed.FS

// overview is what the operators' front page shows.
type overview struct {
	Version  string
	Go       string
	Role     string
	Ready    bool
	Problem  string // why it is not ready
	Started  time.Time
	Running  string // since Started
	RiverUI  string
	CheckURL string
}

// overviewRoutes adds the front page and its style sheet.
func overviewRoutes(e *echo.Echo, o OpsOptions, ready *readiness) error {
	page, err := template.ParseFS(pages, "pages/overview.html")
	if err != nil {
		return fmt.Errorf("read overview page: %w", err)
	}
	css, err := pages.ReadFile("pages/ops.css")
	if err != nil {
		return fmt.Errorf("read style sheet: %w", err)
	}
	started := time.Now()
	show := guarded(o.Log, func(c echo.Context) error {
		view := overview{
			Version: o.Version, Go: runtime.Version(), Role: o.Role,
			Ready: true, Started: started.UTC(), Running: age(time.Since(started)),
			RiverUI: riverUIPath + "/", CheckURL: "/readyz",
		}
		if err := ready.now(); err != nil {
			view.Ready, view.Problem = false, err.Error()
		}
		var html bytes.Buffer
		if err := page.Execute(&html, view); err != nil {
			return fmt.Errorf("render overview: %w", err)
		}
		return c.HTMLBlob(http.StatusOK, html.Bytes())
	})
	style := guarded(o.Log, func(c echo.Context) error {
		return c.Blob(http.StatusOK, "text/css; charset=utf-8", css)
	})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/", show)
		e.Add(method, "/assets/ops.css", style)
	}
	return nil
}

// age tells a duration as a person would: "3 min", "5 h 12 min", "4 days 2 h".
func age(d time.Duration) string {
	minutes := int(d / time.Minute)
	days, hours, minutes := minutes/(24*60), minutes/60%24, minutes%60
	switch {
	case days > 1:
		return fmt.Sprintf("%d days %d h", days, hours)
	case days == 1:
		return fmt.Sprintf("1 day %d h", hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	default:
		return "less than a minute"
	}
}
