package nlp

import "slices"

// strength says how surely a template means its intent; see confidence.go.
type strength uint8

const (
	weak   strength = 1 + iota // the words have other uses too
	plain                      // the usual way to say it, found inside a text
	strong                     // a whole command
)

// pattern is one row of the table: a way of saying something.
type pattern struct {
	intent   Intent
	strength strength
	template string
}

// patterns is the table of what is understood. The rows marked "seed" say what
// the seed's patterns (§4.1) say; the others are further ways of wishing the
// same. Of several that fit, the stronger wins, then the one with more words
// of its own, then the earlier one in the text, then the earlier row.
func patterns() []pattern {
	return slices.Concat(stockPatterns(), alertPatterns(), acknowledgePatterns(), reportPatterns(), orderPatterns(), helpPatterns())
}

// stockPatterns ask how much there is of a product.
func stockPatterns() []pattern {
	return []pattern{
		{CheckInventory, strong, "check [the|our|my] [current] (inventory|stock) [level|levels|status] (for|of|on) {product}"}, // seed
		{CheckInventory, strong, "how (much|many) {product} (do we have|do i have|in stock)"},                                  // seed
		{CheckInventory, strong, "(inventory|stock) (level|levels|status) [for|of|on] {product}"},                              // seed
		{CheckInventory, strong, "^ stock {product}"},                                                                          // seed
		{CheckInventory, strong, "(check|show|get|view|find|lookup|look up|pull up) [me] [the|our|my] [current] (inventory|stock|availability|quantity|qty) [level|levels] {product}"},
		{CheckInventory, strong, "how (much|many) [of] {product} (do we still have|do we currently have|have we got|have we still got|do we hold|weve got|we have|we got|are left|is left|in store|on hand|left|remaining|available|are in stock|is in stock)"},
		{CheckInventory, plain, "how (much|many) [of] {product} (are there|is there|do you have)"},
		{CheckInventory, strong, "how (much|many) (stock|inventory) [do we have|have we got|is there|is left|we have] (of|for) {product}"},
		{CheckInventory, strong, "(whats|what is|give me|show me|tell me) [the|our] [current] (stock|inventory|quantity|qty|availability) [level|levels|status|position] (of|for|on) {product}"},
		{CheckInventory, strong, "^ (inventory|soh|qty|quantity|availability|available) [of|for|on] {product}"},
		{CheckInventory, strong, "^ (check|show|view) [me] [the|our|my] (inventory|stock|stock level|stock levels|inventory level|inventory levels|inventory status|stock status) $"},
		{CheckInventory, strong, "^ (inventory|stock) [level|levels|status|check] $"},
		{CheckInventory, weak, "^ {code} $"},
		{CheckInventory, strong, "^ check {code} $"},
		{CheckInventory, strong, "^ {code} (stock|inventory|qty|quantity|availability|stock level|in stock|available|left|soh) $"},
		{CheckInventory, strong, "^ show [me] {code} $"},
		{CheckInventory, plain, "(do|have) we [still|currently|even|actually] (have|got|hold|stock|carry) (any|some|enough|much|many|more) {product}"},
		{CheckInventory, plain, "(do|have) (we|you) [still|currently|even|actually] (have|got|hold|stock|carry) {code}"},
		{CheckInventory, plain, "(do|have) (we|you) [still|currently|even|actually] (have|got|hold|stock|carry) {product} (in stock|left|on hand|available)"},
		{CheckInventory, plain, "(is|are) there [any|still any|much|many|enough|still] {product} (in stock|left|available|on hand|remaining)"},
		{CheckInventory, plain, "^ (is|are) {product} (in stock|on hand|available)"},
		{CheckInventory, plain, "^ [have we|have you|weve|do we have] [got] any {product} (left|in stock|available|remaining|on hand)"},
		{CheckInventory, plain, "(are|r) we (out of|low on|short of|running out of|running low on) {product}"},
		{CheckInventory, plain, "^ {name} (in stock|on hand|stock level|stock levels) $"},
		{CheckInventory, plain, "how are we (looking|doing|fixed) (for|on) {product}"},
		{CheckInventory, plain, "(stock|inventory|availability|quantity|qty) (of|for) {product}"},
		{CheckInventory, plain, "(whats|what is|what) (left|remaining|available|in stock|on hand|do we have) (of|for) {product}"},
		{CheckInventory, plain, "(whats|what is|what do we have|what have we got) [left] in (stock|inventory)"},
		{CheckInventory, weak, "^ {name} stock $"},
		{CheckInventory, weak, "^ how (much|many) {name} $"},
		{CheckInventory, weak, "^ (the|our|my) (stock|inventory) (in|at)"},
	}
}

// alertPatterns ask for the alerts.
func alertPatterns() []pattern {
	return []pattern{
		{ViewAlerts, strong, "(show|view|list) [me] [my|all|all my|all the|the] (alert|alerts)"},                                   // seed
		{ViewAlerts, strong, "what {alert words} (alert|alerts) [do i have|are active|do we have|have we got|are there|are open]"}, // seed
		{ViewAlerts, strong, "^ {alert words} (alert|alerts|warnings|alarms) $"},                                                   // seed, with words before it
		{ViewAlerts, strong, "(show|view|list|see|get|give|display|check|read|open|pull up|need|want|have) {alert words} (alert|alerts|warning|warnings|alarm|alarms)"},
		{ViewAlerts, strong, "(which|how many|any|got|are there|is there|do we have|do i have|have we got) {alert words} (alert|alerts|warning|warnings|alarm|alarms)"},
		{ViewAlerts, plain, "^ {alert words} (alert|alerts|warnings) (for|in|at|from|about|on|since|over|with|only)"},
		{ViewAlerts, plain, "^ alert {id} $"},
		{ViewAlerts, plain, "(whats|what is|what are|what|which|anything|everything) [items|products|stock|skus|do we have thats] [is|are|thats|running|is running|are running|getting|is getting|are getting] low [in stock|on stock] $"},
		{ViewAlerts, plain, "(whats|what is|what are|what|which|anything) [items|products|skus] [is|are|thats] out of stock"},
		{ViewAlerts, plain, "^ (low|out of) stock [items|products|list] $"},
		{ViewAlerts, plain, "(show|list|view) [me] [the|all|all the] (low|out of) stock [items|products]"},
		{ViewAlerts, weak, "(whats|what is|what|which) [items|products|skus] [do we] (needs|need) (reordering|ordering|restocking|reordered|restocked|to reorder|to order|to be reordered)"},
	}
}

// acknowledgePatterns say that an alert was seen.
func acknowledgePatterns() []pattern {
	return []pattern{
		{AcknowledgeAlert, strong, "^ (ack|acknowledge) $"},        // seed
		{AcknowledgeAlert, strong, "(acknowledge|ack) alert {id}"}, // seed
		{AcknowledgeAlert, strong, "^ (ack|acknowledge|acknowledged) {id}"},
		{AcknowledgeAlert, strong, "^ (ack|acknowledge) {alert words} one"},
		{AcknowledgeAlert, strong, "^ (ack|acknowledge) (all|everything|it|that|this|them)"},
		{AcknowledgeAlert, strong, "mark [alert] {id} [as] (acknowledged|acked|seen|read)"},
		{AcknowledgeAlert, plain, "mark {alert words} (alert|alerts) [as] (acknowledged|acked|seen|read)"},
		{AcknowledgeAlert, plain, "alert {id} (acknowledged|acked|noted|seen)"},
		{AcknowledgeAlert, plain, "^ (seen|noted|taking) [alert] {id}"},
		{AcknowledgeAlert, plain, "(ive|i have|have|i) (seen|noted) (alert|number) {id}"},
		{AcknowledgeAlert, plain, "(looking into|looking at|working on|handling|taking) alert {id}"},
		{AcknowledgeAlert, plain, "^ {id} (acknowledged|acked|noted|seen) $"},
		{AcknowledgeAlert, strong, "(acknowledge|ack) {alert words} (alert|alerts|warning|warnings)"},
	}
}

// reportPatterns ask for a report.
func reportPatterns() []pattern {
	return []pattern{
		{GenerateReport, strong, "(generate|create|make|build|prepare|produce|run|do me) [me|us] [a|an|the|our|my] {some} report"}, // seed
		{GenerateReport, strong, "(generate|create|make|build|prepare|produce|run|do me) [me|us] [a|an|the|our|my|one] report"},    // seed
		{GenerateReport, strong, "^ {report words} (report|reports) $"},
		{GenerateReport, strong, "^ {report words} (report|reports) (for|on|about|of|from|since|in|at|by|as|with|covering|per)"}, // seed, with or without its day
		{GenerateReport, strong, "^ {report words} (report|reports) {code}"},
		{GenerateReport, strong, "(send|get|give|show|email|export|download|pull|pull up|need|want|have|see|view) {report words} (report|reports)"},
		{GenerateReport, plain, "(inventory|stock|sales|supplier|suppliers|financial|finance|p&l) [level|performance|summary] (report|reports)"},
		{GenerateReport, plain, "^ {some} report [for] (today|yesterday|this week|last week|this month|last month)"}, // seed
		{GenerateReport, plain, "report (on|for|about|of) {report words} (inventory|stock|sales|supplier|suppliers|financials|finances)"},
		{GenerateReport, plain, "(inventory|stock|sales|supplier|financial|p&l) pdf"},
		{GenerateReport, weak, "^ {name} (report|reports) $"},
	}
}

// orderPatterns wish for more of a product.
func orderPatterns() []pattern {
	return []pattern{
		{ReorderStock, strong, "^ (reorder|re-order|order|purchase) {product}"},                                                        // seed
		{ReorderStock, plain, "< (reorder|re-order|order|purchase) {product}"},                                                         // seed
		{ReorderStock, strong, "(create|raise|make|place|issue|submit|generate) [a|an|the] [new] (po|purchase order) [for] {product}"}, // seed
		{ReorderStock, strong, "^ (po|purchase order) for {product}"},
		{ReorderStock, plain, "need [to] (order|reorder|buy|purchase) {product}"}, // seed
		{ReorderStock, plain, "need [some] more {product}"},                       // seed
		{ReorderStock, plain, "(need|want|get|order) [us|me|another] {number} more {product}"},
		{ReorderStock, plain, "^ {number} more {product}"},
		{ReorderStock, plain, "(need|get|send) [us|me|in] another {product}"},
		{ReorderStock, strong, "(place|put in|make|create|submit|raise) [a|an] [new] order (for|of) {product}"},
		{ReorderStock, strong, "(place|put in|make|create|submit|raise) [a|an] [new] [purchase] (order|po) with {supplier} for {product}"},
		{ReorderStock, strong, "^ (restock|replenish|buy) {product}"},
		{ReorderStock, plain, "< (restock|replenish) {product}"},
		{ReorderStock, strong, "^ (reorder|re-order|restock|replenish|reorder stock|create po|create a po|create a purchase order) $"},
	}
}

// helpPatterns ask what ferry can do.
func helpPatterns() []pattern {
	return []pattern{
		{Help, strong, "^ [show|show me|list|send] [the|all|all the] (help|menu|commands|command list|instructions|examples|?) [menu|me|commands] $"},
		{Help, strong, "what can (you|u|this|it) [all] do"},
		{Help, strong, "what can (i|we) (ask|say|type)"},
		{Help, strong, "what (do|should) i (ask|say|type|send|write)"},
		{Help, strong, "what [all] (are you able|are you capable|things can you|else can you|commands)"},
		{Help, strong, "(i|we) need [some] help $"},
		{Help, strong, "help [me] (with this|using this|to use this|understand this|get started) $"},
		{Help, plain, "how (do|does|can|to|should) [i|we|you|u|one] [to] (use|work with|talk to|ask) (this|it|you|ferry)"},
		{Help, strong, "(whats|what is) the (format|syntax|command|wording) (for|to)"},
		{Help, plain, "(give|send|show) [me] (some|any|an) (examples|example|instructions|help)"},
		{Help, plain, "how does (this|it) [thing|bot|all|service] work"},
		{Help, plain, "how (do|can|should) (i|we) {any} (check|see|view|find|get|order|reorder|create|make|generate|run|acknowledge|ack|update|change|resolve|pause|stop|use) {any} (stock|inventory|something|alert|alerts|report|reports|order|orders|po|agent|agents|product|products|digest)"},
		{Help, plain, "how do (i|we) (check stock|reorder|acknowledge|ack)"},
	}
}
