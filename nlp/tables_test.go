package nlp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func testClock() Clock {
	return Clock{Now: time.Date(2026, 7, 15, 10, 0, 0, 0, time.UTC), WeekStart: time.Monday}
}

// examples says things in every way that the table of patterns knows.
func examples() map[Intent][]string {
	return map[Intent][]string{
		CheckInventory: {
			"check stock of mugs", "how many mugs do we have", "stock level of mugs", "stock mugs", "show me the stock levels mugs",
			"how many mugs have we got", "how many mugs are there", "how much stock do we have of mugs", "give me the quantity of mugs",
			"qty mugs", "show me the stock", "stock check", "kx-2207", "check kx-2207", "kx-2207 in stock?", "show me kx-2207",
			"have we got any mugs", "do you have kx-2207", "do we have mugs in stock", "are there any mugs left", "is the blue mug in stock",
			"any mugs left?", "are we out of mugs", "blue mugs in stock?", "how are we looking for mugs", "I wonder about the stock of mugs",
			"what is left of the mugs", "what do we have in stock", "blue mugs stock", "how many mugs", "our stock in Leeds",
		},
		ViewAlerts: {
			"show alerts", "what alerts are active", "alerts", "pull up the alerts", "are there any alerts", "alerts about mugs", "alert 12",
			"what's low", "what is out of stock", "low stock items", "list the low stock items", "what needs reordering",
		},
		AcknowledgeAlert: {
			"ack", "acknowledge alert 12", "ack 12", "ack the critical one", "ack all", "mark 12 as seen", "mark the critical alert as read",
			"alert 12 noted", "seen 12", "I have seen alert 12", "looking into alert 12", "12 noted", "the team will acknowledge the open alerts",
		},
		GenerateReport: {
			"generate turnover report", "create report", "sales report", "sales report for June", "sales report kx-2207", "send me the sales report",
			"the boss asks for the sales report", "turnover report today", "the boss wants a report on the sales", "the sales pdf", "turnover report",
		},
		ReorderStock: {
			"reorder mugs", "the shelf is empty, so please go and order mugs", "create a po for mugs", "po for mugs", "we really need to buy mugs", "need more mugs", "need 50 more mugs",
			"50 more mugs", "get me another mug", "place an order for mugs", "place an order with Acme for mugs", "restock mugs",
			"the shelf is empty, so please go and restock mugs", "reorder",
		},
		Help: {
			"help", "what can you do", "what can I ask", "what should I type", "what things can you do", "I need some help", "help me get started",
			"how do I use this", "what's the format for orders", "give me some examples", "how does this work", "how do I get a report", "how do I reorder",
		},
	}
}

func TestEveryPatternIsOfUse(t *testing.T) {
	t.Parallel()
	won := map[string]bool{}
	for intent, texts := range examples() {
		for _, text := range texts {
			r := Parse(text, testClock())
			require.Equal(t, intent, r.Intent, "%q\n%s", text, r.Trace)
			won[r.Trace.Pattern] = true
		}
	}
	for _, p := range patterns() {
		require.True(t, won[string(p.intent)+": "+p.template], "no example needs %s: %s", p.intent, p.template)
	}
}

// trapTexts are wishes of other kinds in words much like ours, and what they
// are to be taken for.
func trapTexts() map[string]Intent {
	return map[string]Intent{
		"how would I view alerts on my phone":       Unknown,
		"how do we view alerts":                     Help,
		"how to view alerts":                        Unknown,
		"generate report with report_generator":     Unknown,
		"create a report about the reorder agent":   Unknown,
		"start the night agent and show alerts":     Unknown,
		"restart the stock monitor and show alerts": Unknown,
		"pause the stock report":                    Unknown,
		"turn off the stock report":                 Unknown,
		"don't email me the sales report":           Unknown,
		"send the digest and the stock report":      Unknown,
		"check inventory lead time for Acme":        Unknown,
		"alert me when stock of mugs is low":        Unknown,
		"cancel, order 4417 was wrong":              Unknown,
		"order status":                              Unknown,
		"don't you order mugs":                      Unknown,
		"do I need to order more mugs":              Unknown,
		"I tried to order mugs":                     Unknown,
		"when will you order mugs":                  Unknown,
		"made to order mugs":                        Unknown,
		"order of service":                          Unknown,
		"we don't need more mugs":                   Unknown,
		"we need more information":                  Unknown,
		"I need another look":                       Unknown,
		"receive stock of mugs":                     Unknown,
		"the boss says adjust stock of mugs":        Unknown,
		"stock of mugs is now 90":                   Unknown,
		"stock count for mugs":                      Unknown,
		"stock market news":                         Unknown,
		"chicken stock":                             Unknown,
		"stock looks fine":                          Unknown,
		"stock pdf of mugs":                         GenerateReport,
		"how much stock of mugs did we shift":       Unknown,
		"how much stock of mugs was sold":           Unknown,
		"close all the open alerts":                 Unknown,
		"stop any alerts about mugs":                Unknown,
		"do not ack alert 12":                       Unknown,
		"weather report":                            Unknown,
		"I don't need a sales report":               Unknown,
		"do not generate the sales report":          Unknown,
	}
}

func TestEveryGuardIsOfUse(t *testing.T) {
	t.Parallel()
	for text, intent := range trapTexts() {
		r := Parse(text, testClock())
		require.Equal(t, intent, r.Intent, "%q\n%s", text, r.Trace)
	}
	for i, open := range guards() {
		rest := append(guards()[:i:i], guards()[i+1:]...)
		g, errs := compileGrammar(patterns(), rest)
		require.Empty(t, errs)
		fell := false
		for text, intent := range trapTexts() {
			fell = fell || g.parse(text, testClock()).Intent != intent
		}
		require.True(t, fell, "no text needs the guard %s", open.template)
	}
}
