package nlp

import (
	"cmp"
	"slices"
	"strings"
)

// reader takes entities out of one sentence, keeping the trace of each cut.
type reader struct {
	text     string // normalised
	sentence *sentence
	entities Entities
	cuts     []Cut
	taken    []bool // tokens that an entity explains
}

// cut records that tokens [start,end) became an entity and gives their words.
func (r *reader) cut(entity string, start, end int) string {
	words := quote(r.text, r.sentence.tokens[start:end])
	r.cuts = append(r.cuts, Cut{Entity: entity, Text: words, Start: r.sentence.tokens[start].start})
	for i := start; i < end; i++ {
		r.taken[i] = true
	}
	return words
}

// read takes the entities that the intent can have.
func (r *reader) read(intent Intent, m *match) {
	switch intent {
	case CheckInventory:
		r.readProduct(m.slotStart, m.slotEnd)
	case ReorderStock:
		if m.supEnd > m.supStart {
			r.readSupplier(m.supStart, m.supEnd)
		}
		r.readSupplierIn(m.slotStart, m.slotEnd)
		r.readQuantity(m)
		r.readProduct(m.slotStart, m.slotEnd)
	case ViewAlerts, AcknowledgeAlert:
		r.readPlaceFor()
		r.readCategory()
		if intent == ViewAlerts && !r.saysAlert(m) {
			// "what's low?" asks for those alerts without their name.
			r.entities.Category = cmp.Or(r.entities.Category, "low stock")
			return
		}
		r.readAlertID(intent, m)
		r.readSeverity()
	case GenerateReport:
		r.readPlaceFor()
		r.readReportType()
	default:
	}
	r.readSKU(intent)
}

// saysAlert says that the match has the word for an alert.
func (r *reader) saysAlert(m *match) bool {
	return slices.ContainsFunc(r.sentence.tokens[m.start:m.end], func(t token) bool {
		switch t.word {
		case "alert", "alerts", "warning", "warnings", "alarm", "alarms":
			return true
		}
		return false
	})
}

// readProduct takes the product out of the words of a slot: what is left of
// them when other entities, articles and trailing phrases are gone. A code
// among the words is the product.
func (r *reader) readProduct(start, end int) {
	start, end = r.firstFree(start, end)
	tokens := r.sentence.tokens
	for i := start; i < end; i++ {
		if isCode(tokens[i].text) || (end == start+1 && isBareCode(tokens[i].word)) {
			r.entities.SKU = strings.ToUpper(r.cut("sku", i, i+1))
			return
		}
	}
	if start < end {
		r.entities.Product = r.cut("product", start, end)
	}
}

// isBareCode says that a number is long enough to be a code when it is all
// that stands where a product belongs: "stock 10042".
func isBareCode(w string) bool {
	return len(w) >= 3 && strings.Trim(w, "0123456789") == ""
}

// firstFree gives the first run of words in [start,end) that can name a
// product. It is empty when nothing is left or only words like "stock".
func (r *reader) firstFree(start, end int) (from, to int) {
	tokens := r.sentence.tokens
	skippable := func(i int) bool {
		return r.taken[i] || tokens[i].span != spanNone || isArticle(tokens[i].word) ||
			(isPack(tokens[i].word) && i+1 < end && tokens[i+1].word == "of") ||
			(isGenericStock(tokens[i].word) && i+1 < end && (tokens[i+1].word == "of" || tokens[i+1].word == "for"))
	}
	for start < end && skippable(start) {
		start++
	}
	to = start
	for to < end && !r.taken[to] && tokens[to].span == spanNone && !r.sentence.breaksProduct(to, start, end) {
		to++
	}
	for to > start && (isTrailer(tokens[to-1].word) || tokens[to-1].word == "and") {
		to--
	}
	if allWords(tokens[start:to], isGenericStock) {
		return start, start
	}
	return start, to
}

// allWords says that every token's word is of a kind; true for none.
func allWords(tokens []token, kind func(string) bool) bool {
	for i := range tokens {
		if !kind(tokens[i].word) {
			return false
		}
	}
	return true
}

// readSupplier takes a supplier's name out of a {supplier} slot.
func (r *reader) readSupplier(start, end int) {
	for start < end && isArticle(r.sentence.tokens[start].word) {
		start++
	}
	if start < end {
		r.entities.Supplier = r.cut("supplier", start, end)
	}
}

// readSupplierIn takes "from Falcon Imports" out of the words of an order.
func (r *reader) readSupplierIn(start, end int) {
	tokens := r.sentence.tokens
	for i := start + 1; i+1 < end; i++ {
		if tokens[i].word != "from" || tokens[i].span != spanNone {
			continue
		}
		to := i + 1
		for to < end && to < i+5 && tokens[to].span == spanNone && !tokens[to].filler && !endsProduct(tokens[to].word) {
			to++
			if tokens[to-1].follow != pauseNone {
				break
			}
		}
		r.readSupplier(i+1, to)
		r.taken[i] = r.entities.Supplier != ""
		return
	}
}

// readPlaceFor takes "for Leeds" as a place, at the end of a wish for alerts
// or a report: there, unlike in "stock for Sumatra", it names no product.
func (r *reader) readPlaceFor() {
	if r.entities.Location != "" {
		return
	}
	tokens := r.sentence.tokens
	for i := 0; i+1 < len(tokens); i++ {
		if w := tokens[i].word; (w != "for" && w != "from") || tokens[i].follow != pauseNone || !isCapitalised(tokens[i+1].text) {
			continue
		}
		if end := nameEnd(tokens, i+1); end > 0 && closesClause(tokens, end) && reportTypeOf(tokens[i+1].word) == "" && categoryAt(tokens, i+1) == 0 {
			r.entities.Location = r.cut("location", i+1, end)
			return
		}
	}
}

// readAlertID takes the alert's number: the {id} of the template, else a
// number marked "#" or following the word "alert".
func (r *reader) readAlertID(intent Intent, m *match) {
	tokens := r.sentence.tokens
	if m.id > 0 {
		r.entities.AlertID = strings.ToUpper(r.cut("alert_id", m.id-1, m.id))
		return
	}
	for i := range tokens {
		if tokens[i].span != spanNone {
			continue
		}
		named := tokens[i].hash || (i > 0 && tokens[i-1].word == "alert" && tokens[i-1].follow != pauseFull)
		if named && isAlertID(&tokens[i]) {
			r.entities.AlertID = strings.ToUpper(r.cut("alert_id", i, i+1))
			return
		}
		if intent == AcknowledgeAlert && i >= m.start && i < m.end && (tokens[i].word == "all" || tokens[i].word == "everything") {
			r.cut("alert_id", i, i+1)
			r.entities.AlertID = "all"
			return
		}
	}
}

// readSeverity takes the severity: the first of its words that is not part of
// a category ("low stock").
func (r *reader) readSeverity() {
	tokens := r.sentence.tokens
	for i := 0; i < len(tokens); i++ {
		if n := categoryAt(tokens, i); n > 0 {
			i += n - 1
			continue
		}
		if s := severityOf(tokens[i].word); s != "" && !r.taken[i] {
			r.cut("severity", i, i+1)
			r.entities.Severity = s
			return
		}
	}
}

// readCategory takes the first alert category that the text names.
func (r *reader) readCategory() {
	tokens := r.sentence.tokens
	for i := range tokens {
		if n := categoryAt(tokens, i); n > 0 {
			r.entities.Category = strings.ToLower(r.cut("category", i, i+n))
			return
		}
	}
}

// categoryAt says how many tokens at i name an alert category.
func categoryAt(tokens []token, i int) int {
	word := func(j int) string {
		if j < len(tokens) && (j == i || tokens[j-1].follow == pauseNone) {
			return tokens[j].word
		}
		return ""
	}
	second := word(i + 1)
	switch word(i) {
	case "low":
		if second == "stock" || second == "inventory" {
			return 2
		}
	case "out":
		if second == "of" && word(i+2) == "stock" {
			return 3
		}
	case "cold":
		if second == "chain" {
			return 2
		}
	case "stock":
		if second == "out" || second == "outs" {
			return 2
		}
	case "stockout", "stockouts", "oos", "out-of-stock", "low-stock", "overstock", "expiry", "expired", "expiring", "temperature", "humidity",
		"delivery", "supplier", "price", "damage", "theft", "leak", "quality", "demand", "system":
		return 1
	}
	return 0
}

// isAlertModifier says that a token may stand between "show" and "alerts".
func isAlertModifier(t *token) bool {
	switch t.word {
	case "me", "us", "my", "all", "the", "any", "our", "of", "every", "open", "active", "new", "newest", "current", "unresolved", "outstanding", "latest", "recent",
		"priority", "severity", "level", "only", "stock", "inventory", "out", "chain", "cold", "unread", "pending", "unacknowledged", "top", "more", "other", "those", "these", "existing",
		"low-stock", "out-of-stock", "high-priority":
		return true
	}
	return t.span == spanDate || severityOf(t.word) != "" || categoryAt([]token{*t}, 0) > 0
}

// isReportModifier says that a token may stand between "send me" and "report".
func isReportModifier(t *token) bool {
	switch t.word {
	case "me", "us", "a", "an", "the", "my", "our", "one", "full", "quick", "latest", "new", "current", "short", "detailed", "proper", "complete",
		"level", "levels", "summary", "performance", "weekly", "monthly", "daily", "and", "on-hand", "valuation", "loss", "pdf":
		return true
	}
	return t.span == spanDate || reportTypeOf(t.word) != ""
}

// readReportType takes the type nearest to the word "report" on its left,
// else the first one on its right: "stock report", "report on sales".
func (r *reader) readReportType() {
	tokens := r.sentence.tokens
	at := -1
	for i := range tokens {
		if isReportNoun(tokens[i].word) {
			at = i
			break
		}
	}
	for i := at - 1; i >= 0 && tokens[i].follow != pauseFull; i-- {
		if r.setReportType(i) {
			return
		}
	}
	for i := at + 1; i < len(tokens); i++ {
		if r.setReportType(i) {
			return
		}
	}
}

func (r *reader) setReportType(i int) bool {
	kind := reportTypeOf(r.sentence.tokens[i].word)
	if kind != "" {
		r.cut("report_type", i, i+1)
		r.entities.ReportType = kind
	}
	return kind != ""
}

func isReportNoun(w string) bool { return w == "report" || w == "reports" || w == "pdf" }

// readSKU takes a code that stands anywhere, when nothing named a product.
func (r *reader) readSKU(intent Intent) {
	if r.entities.SKU != "" || r.entities.Product != "" || intent == Help {
		return
	}
	tokens := r.sentence.tokens
	for i := range tokens {
		if !r.taken[i] && tokens[i].span == spanNone && !tokens[i].hash && isCode(tokens[i].text) {
			r.entities.SKU = strings.ToUpper(r.cut("sku", i, i+1))
			return
		}
	}
}
