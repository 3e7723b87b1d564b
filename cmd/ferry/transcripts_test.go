package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ferry/app"
	"ferry/app/twilio/twiliotest"
	"ferry/app/web"
	"ferry/sql/importer"
	"ferry/sql/pgtest"
)

// Conversations as people have them, in testdata/conversations, played over the
// wire with one process of the product and the fake Twilio between them:
//
//	# a comment
//	= streamliner +447700900302     who writes from here on, and in whose voice he is answered
//	> stock DRL-18                  what he writes; see attachments for what is no text
//	< 📦 DRL-18: 37 units           the answer, a line each; an answer of several
//	--                              messages has this between them
//	<
//
// A "> " line without an answer below it is met with silence. What differs from
// run to run stands as a placeholder; see placeholders.
var update = flag.Bool("update", false, "write the conversations anew")

// attachments are what a person sends that is no text.
var attachments = map[string]twiliotest.Inbound{
	"(photo)":           {Media: []twiliotest.Media{{}}},
	"(photo) stock saw": {Media: []twiliotest.Media{{}}, Body: "stock saw"},
	"(voice message)":   {Media: []twiliotest.Media{{ContentType: "audio/ogg"}}},
	"(location)":        {Location: &twiliotest.Location{Latitude: 51.45, Longitude: -2.59, Label: "Bristol"}},
}

func TestConversations(t *testing.T) {
	t.Parallel()
	s := newSite(t, pgtest.DB(t))
	harbour(t, s.url, time.Now())
	p := s.start(binary(t, ""), "all", freeAddr(t))
	files, err := filepath.Glob(filepath.Join("testdata", "conversations", "*.txt"))
	require.NoError(t, err)
	voices, writers := map[string]bool{}, map[string]string{}
	for _, file := range files {
		script, err := os.ReadFile(file)
		require.NoError(t, err)
		turns := turnsOf(t, file, string(script))
		for _, turn := range turns {
			if turn.mark == "=" {
				voice, number, _ := strings.Cut(turn.text, " ")
				voices[voice] = true
				// The files are played at the same time: a number in two of
				// them would hear the other's answers.
				require.Contains(t, []string{"", file}, writers[number], number)
				writers[number] = file
			}
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			c := &conversation{t: t, site: s, process: p, file: file, heard: map[string]int{}}
			c.play(turns)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(scriptOf(turns)), 0o600))
			}
		})
	}
	for _, persona := range app.Personas {
		require.True(t, voices[string(persona)], "no conversation in the voice of %s", persona)
	}
}

// turn is a line of a script that is no answer, with the answer below it.
type turn struct {
	line   int
	mark   string // "#", "=", ">", or "" for an empty line
	text   string
	answer []string // with its marks
}

func turnsOf(t *testing.T, file, script string) []*turn {
	t.Helper()
	var turns []*turn
	for i, line := range strings.Split(strings.TrimSuffix(script, "\n"), "\n") {
		mark, text, _ := strings.Cut(line, " ")
		switch mark {
		case "", "#", "=", ">":
			turns = append(turns, &turn{line: i + 1, mark: mark, text: text})
		case "<", "--":
			require.Equal(t, ">", turns[len(turns)-1].mark, "%s:%d answers nothing", file, i+1)
			turns[len(turns)-1].answer = append(turns[len(turns)-1].answer, line)
		default:
			require.Failf(t, "not a line of a conversation", "%s:%d: %s", file, i+1, line)
		}
	}
	return turns
}

func scriptOf(turns []*turn) string {
	var script strings.Builder
	for _, turn := range turns {
		for _, line := range append([]string{turn.mark + " " + turn.text}, turn.answer...) {
			script.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return script.String()
}

// conversation is one file being played.
type conversation struct {
	t       *testing.T
	site    *site
	process *process
	file    string
	number  string         // who writes
	heard   map[string]int // how many messages each number has been sent so far
}

// play says every line and compares the answers; with -update it puts them in
// place.
func (c *conversation) play(turns []*turn) {
	for _, turn := range turns {
		switch turn.mark {
		case "=":
			c.introduce(turn.text)
		case ">":
			got := c.say(turn.text)
			if *update {
				turn.answer = got
			} else if !slices.Equal(turn.answer, got) {
				c.t.Errorf("%s:%d: > %s\n%s\nif the new answer is right: go test ./cmd/ferry -run TestConversations -update",
					c.file, turn.line, turn.text, difference(turn.answer, got))
			}
		}
	}
}

// difference shows the lines that two answers share at their beginning and end,
// and between them what was wanted, with "-", and what came, with "+".
func difference(want, got []string) string {
	var head, tail []string
	for len(want) > 0 && len(got) > 0 && want[0] == got[0] {
		head, want, got = append(head, "  "+want[0]), want[1:], got[1:]
	}
	for len(want) > 0 && len(got) > 0 && want[len(want)-1] == got[len(got)-1] {
		tail = append([]string{"  " + want[len(want)-1]}, tail...)
		want, got = want[:len(want)-1], got[:len(got)-1]
	}
	for _, line := range want {
		head = append(head, "- "+line)
	}
	for _, line := range got {
		head = append(head, "+ "+line)
	}
	return strings.Join(append(head, tail...), "\n")
}

// introduce changes who writes, and checks that he is who the file says.
func (c *conversation) introduce(who string) {
	voice, number, _ := strings.Cut(who, " ")
	c.number = number
	var known string
	row := c.site.db.QueryRow(c.t.Context(),
		`SELECT COALESCE((SELECT persona FROM profiles WHERE phone_number = $1), 'stranger')`, number)
	require.NoError(c.t, row.Scan(&known))
	require.Equal(c.t, known, voice, number)
}

// say sends a message and returns the answer as lines of a script.
func (c *conversation) say(text string) []string {
	in, special := attachments[text]
	if !special {
		in = twiliotest.Inbound{Body: text}
	}
	fake := c.site.fake
	phone := fake.Phone(app.Address("whatsapp:"+c.number), fake.Number(), "http://"+c.process.addr+web.MessagePath)
	answer, err := phone.Send(c.t.Context(), in)
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, answer.Status, answer.Body)
	settled := eventually(30*time.Second, func() bool {
		var done bool
		err := c.site.db.QueryRow(c.t.Context(), `
			SELECT v.state <> 'open' AND NOT EXISTS (
				SELECT FROM reply_parts r WHERE r.conversation_id = v.id AND r.accepted_at IS NULL)
			FROM whatsapp_conversations v WHERE message_sid = $1`, answer.SID).Scan(&done)
		return err == nil && done
	})
	require.True(c.t, settled, "%q was not answered\n%s\n%s", text, c.site.stuck(), &c.process.log)
	var lines []string
	for _, m := range c.unheard() {
		if lines != nil {
			lines = append(lines, "--")
		}
		for line := range strings.SplitSeq(placeholders(m), "\n") {
			lines = append(lines, strings.TrimRight("< "+line, " "))
		}
	}
	return lines
}

// unheard are the messages that the writer was sent since the last time.
func (c *conversation) unheard() (bodies []string) {
	for _, m := range c.site.fake.Messages() {
		if !m.Inbound && m.To == "whatsapp:"+c.number {
			bodies = append(bodies, m.Body)
		}
	}
	seen := c.heard[c.number]
	c.heard[c.number] = len(bodies)
	return bodies[seen:]
}

const (
	aMonth = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`
	aDay   = `\d{1,2} ` + aMonth + ` \d{4}`
)

// changing matches what differs from run to run: by its first group a moment of
// a record, by the others a stretch of days, a moment, a day, a record's day,
// and the time of a query.
var changing = regexp.MustCompile(`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))|` +
	`(\d{1,2}(?: ` + aMonth + `(?: \d{4})?)? to ` + aDay + `)|(` + aDay + `, \d\d:\d\d)|(` + aDay + `)|(\d{4}-\d\d-\d\d)|` +
	`(Query_Time: [\d.]+)`)

// placeholders writes <TIMESTAMP>, <DAYS>, <TIME>, <DAY>, <DATE> and <MS> where
// an answer depends on the run. The company's days of 2024 are fixed and stay.
func placeholders(text string) string {
	names := []string{"<TIMESTAMP>", "<DAYS>", "<TIME>", "<DAY>", "<DATE>", "Query_Time: <MS>"}
	return changing.ReplaceAllStringFunc(text, func(found string) string {
		if strings.Contains(found, "2024") {
			return found
		}
		groups := changing.FindStringSubmatch(found)[1:]
		return names[slices.IndexFunc(groups, func(g string) bool { return g != "" })]
	})
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Timestamp: 2026-11-22T17:10:34Z":         "Timestamp: <TIMESTAMP>",
		"Raised_At: 2026-11-22T17:10:34+05:30":    "Raised_At: <TIMESTAMP>",
		"Last week (9 to 15 Nov 2026)":            "Last week (<DAYS>)",
		"(30 Nov to 6 Dec 2026)":                  "(<DAYS>)",
		"28 Dec 2026 to 3 Jan 2027":               "<DAYS>",
		"Last updated: 2 Nov 2026, 17:10":         "Last updated: <TIME>",
		"due 2 Nov 2026, received":                "due <DAY>, received",
		"Due: 2026-11-22":                         "Due: <DATE>",
		"Query_Time: 1.7ms":                       "Query_Time: <MS>ms",
		"PO-101, 4 Mar 2024, 40 units":            "PO-101, 4 Mar 2024, 40 units",
		"Ordered_On: 2024-03-04":                  "Ordered_On: 2024-03-04",
		"37 units, 7 days, £79.90, DRL-18, 12 MB": "37 units, 7 days, £79.90, DRL-18, 12 MB",
	} {
		require.Equal(t, want, placeholders(text))
	}
}

// harbour imports the company of the conversations: one of two in the database.
// Every day of its sales is like the next, so that the figures are the same on
// any day on which it is asked.
func harbour(t *testing.T, databaseURL string, today time.Time) {
	t.Helper()
	day := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	files := maps.Clone(harbourFiles)
	files["purchase_orders.csv"] = "number,supplier,sku,quantity,unit_cost,ordered_on,expected_on,received_on,received_quantity\n" +
		"PO-101,Acme Tools,DRL-18,40,39.50,2024-03-04,2024-03-11,2024-03-08,40\n" +
		"PO-102,Acme Tools,SAW-7,30,7.90,2024-05-06,2024-05-13,,\n" + // never came
		"PO-103,Brightwell Paints,PNT-W5,60,11,2024-06-03,2024-06-17,2024-06-19,60\n" +
		"PO-104,Acme Tools,BLT_M8,200,2.90," + day(-20) + "," + day(-15) + "," + day(-15) + ",200\n" +
		"PO-105,Acme Tools,GLV-M,100,2," + day(-4) + "," + day(5) + ",,\n"
	var sales strings.Builder
	sales.WriteString("date,sku,location,quantity,unit_price\n")
	for d := -130; d <= 2; d++ { // past today, for whoever tests at midnight
		for _, sold := range []string{
			"DRL-18,Bristol,2,79.90", "DRL-18,Bath,1,79.90", "DRL-12,Bristol,1,54.50", "SAW-7,Bath,1,14.50",
			"PNT-W5,Bath,1,24", "PNT-W5,Wells,1,24", "GLV-M,Bristol,2,5.95", "GLV-M,Wells,1,5.95",
			"BLT_M8,Bath,1,6.40", "BLT_M8,Bristol,2,6.40", "BLT_M8,Exeter,1,6.40", "BLT_M8,Gloucester,1,6.40",
			"BLT_M8,Swindon,1,6.40", "BLT_M8,Taunton,1,6.40", "BLT_M8,Wells,1,6.40", "BLT_M8,Yeovil,1,6.40",
		} {
			fmt.Fprintf(&sales, "%s,%s\n", day(d), sold)
		}
	}
	files["sales.csv"] = sales.String()
	var namesAndContents []string
	for name, content := range files {
		namesAndContents = append(namesAndContents, name, content)
	}
	_, err := importer.Import(context.Background(), databaseURL, importer.Options{
		Company: "Harbour Hardware", TimeZone: "Europe/London", Dir: importFolder(t, namesAndContents...),
	})
	require.NoError(t, err)
}

// The files that name no day. Two products are low, one is out and sells, one is
// out and does not, one is low in one place only, one never sells; the bolts are
// everywhere, a thousand of them in one place, and their name would be markup.
var harbourFiles = map[string]string{
	"suppliers.csv": "name,lead_time_days,min_order\nAcme Tools,7,10\nBrightwell Paints,14,24\n",
	"products.csv": "sku,name,aliases,category,unit,unit_cost,unit_price,supplier,reorder_point,safety_stock\n" +
		"DRL-18,Cordless drill 18 V,drill;cordless drill,tools,,40,79.90,Acme Tools,24,8\n" +
		"DRL-12,Cordless drill 12 V,small drill,tools,,30,54.50,Acme Tools,6,2\n" +
		"SAW-7,Hand saw,saw;handsaw,tools,,8,14.50,Acme Tools,20,5\n" +
		"PNT-W5,White emulsion 5 L,white paint;emulsion,paint,tins,11.20,24,Brightwell Paints,,\n" +
		"GLV-M,Work gloves M,gloves;work gloves,clothing,pairs,2.10,5.95,Acme Tools,40,10\n" +
		"LMP-1,Head lamp,lamp;head torch,lighting,,9,19.95,Brightwell Paints,,\n" +
		"LAN-1,Storm lantern,lantern,lighting,,12,29,Brightwell Paints,,\n" +
		"BLT_M8,Bolt M8 *zinc* _25_ mm,bolt;bolts;m8 bolts,fixings,boxes,3,6.40,Acme Tools,90,20\n",
	"stock.csv": "sku,location,quantity\n" +
		"DRL-18,Bath,30\nDRL-18,Bristol,7\nDRL-12,Bristol,4\nSAW-7,Bath,4\nSAW-7,Bristol,0\n" +
		"PNT-W5,Bath,40\nPNT-W5,Wells,12\nGLV-M,Bristol,0\nGLV-M,Wells,0\nLMP-1,Wells,9\nLAN-1,Wells,0\n" +
		"BLT_M8,Bath,90\nBLT_M8,Bristol,120\nBLT_M8,Exeter,40\nBLT_M8,Gloucester,35\nBLT_M8,Swindon,60\n" +
		"BLT_M8,Taunton,25\nBLT_M8,Wells,80\nBLT_M8,Yeovil,1015\n",
	"users.csv": "phone,name,role,persona,timezone,language\n" +
		"+447700900301,Dee,operator,,Europe/London,en\n" +
		"+447700900302,Sid,operator,streamliner,Europe/London,en\n" +
		"+447700900303,Nav,manager,navigator,Europe/London,en\n" +
		"+447700900304,Hub,operator,hub,Europe/London,en\n" +
		"+447700900305,Sue,operator,spring,Europe/London,en\n" +
		"+447700900306,Pat,admin,processor,Asia/Kolkata,en\n" +
		"+447700900307,Vic,viewer,,Europe/London,en\n" +
		"+447700900308,Eve,operator,,Europe/London,en\n" +
		"+447700900309,Ann,operator,,Europe/London,en\n",
}
