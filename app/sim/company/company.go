// Package company makes up the demo's company: Pennine Bean & Leaf, a coffee
// and tea wholesaler in the north of England, as the CSV files of `ferry
// import`. It has four warehouses, six suppliers of different reliability, 90
// days of sales with a weekly rhythm, and a stock in which some things have run
// out, some are running low and most are fine, so that there is something to
// ask about.
//
// Everything is made anew from a fixed seed: the same day gives the same files,
// byte for byte. Nobody in it is real; the phone numbers are from the range
// that Ofcom keeps for fiction (+44 7700 900000 to 900999), and the e-mail
// addresses are under .example.
package company

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"ferry/app"
)

// What the demo imports the files as.
const (
	Name     = "Pennine Bean & Leaf"
	TimeZone = "Europe/London"
	Currency = "GBP"
)

// Days is how many days of sales the files hold, the last of them today.
const Days = 90

// Person is somebody who works for the company.
type Person struct {
	Name     string
	Phone    string // E.164
	Email    string
	Persona  app.Persona
	Role     app.Role
	Language string // en, es, pt or hi
}

// People lists the company's eight people: one for each persona, the default
// included, and two who write in other languages.
func People() []Person {
	return []Person{
		{"Priya Nair", "+447700900101", "priya@pennine.example", app.PersonaStreamliner, app.RoleOperator, "en"},
		{"Tom Ashworth", "+447700900102", "tom@pennine.example", app.PersonaNavigator, app.RoleManager, "en"},
		{"Grace Okafor", "+447700900103", "grace@pennine.example", app.PersonaHub, app.RoleAdmin, "en"},
		{"Ellie Marsh", "+447700900104", "ellie@pennine.example", app.PersonaSpring, app.RoleViewer, "en"},
		{"Kenji Watanabe", "+447700900105", "kenji@pennine.example", app.PersonaProcessor, app.RoleOperator, "en"},
		{"Sam Whitfield", "+447700900106", "sam@pennine.example", app.PersonaDefault, app.RoleViewer, "en"},
		{"Lucía Romero", "+447700900107", "lucia@pennine.example", app.PersonaNavigator, app.RoleOperator, "es"},
		{"Rohan Mehta", "+447700900108", "rohan@pennine.example", app.PersonaDefault, app.RoleManager, "hi"},
	}
}

// Places lists the company's warehouses, the busiest first.
func Places() []string {
	names := make([]string, 0, len(places()))
	for _, p := range places() {
		names = append(names, p.name)
	}
	return names
}

// Write writes the six files to the folder dir, as of the calendar day of
// today: sales end on it, and orders are due around it.
func Write(dir string, today time.Time) error {
	day := time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)
	for _, file := range []struct {
		name string
		rows [][]string
	}{
		{"suppliers.csv", supplierRows()},
		{"products.csv", productRows()},
		{"stock.csv", stockRows()},
		{"sales.csv", salesRows(day)},
		{"purchase_orders.csv", orderRows(day)},
		{"users.csv", userRows()},
	} {
		if err := writeFile(filepath.Join(dir, file.name), file.rows); err != nil {
			return fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	return nil
}

func writeFile(path string, rows [][]string) error {
	file, err := os.Create(path) //nolint:gosec // the folder is the caller's choice
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	if err := w.WriteAll(rows); err != nil {
		_ = file.Close() // the error that matters is the first
		return err
	}
	return file.Close()
}

func supplierRows() [][]string {
	rows := [][]string{{"name", "email", "phone", "lead_time_days", "min_order", "notes"}}
	for _, s := range suppliers() {
		rows = append(rows, []string{s.name, s.email, s.phone, strconv.Itoa(s.leadDays), strconv.Itoa(s.minOrder), s.notes})
	}
	return rows
}

func productRows() [][]string {
	rows := [][]string{{
		"sku", "name", "aliases", "category", "unit", "unit_cost", "unit_price", "supplier",
		"lead_time_days", "reorder_point", "safety_stock",
	}}
	for _, p := range products() {
		reorder, safety := "", ""
		if !p.computed {
			reorder, safety = strconv.Itoa(p.reorderPoint()), strconv.Itoa(p.safetyStock())
		}
		rows = append(rows, []string{
			p.sku, p.name, p.aliases, p.category, p.unit, pounds(p.cost), pounds(p.price), p.supplier,
			"", reorder, safety,
		})
	}
	return rows
}

func userRows() [][]string {
	rows := [][]string{{"phone", "name", "email", "role", "persona", "timezone", "language"}}
	for _, p := range People() {
		persona := string(p.Persona)
		if p.Persona == app.PersonaDefault {
			persona = ""
		}
		rows = append(rows, []string{p.Phone, p.Name, p.Email, string(p.Role), persona, TimeZone, p.Language})
	}
	return rows
}

// pounds writes an amount of pence.
func pounds(pence int) string { return fmt.Sprintf("%d.%02d", pence/100, pence%100) }
