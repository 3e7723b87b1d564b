package nlp

// isHesitation lists words that carry nothing; they are dropped before the
// templates are tried, wherever they stand.
func isHesitation(w string) bool {
	switch w {
	case "please", "pls", "plz", "plss", "kindly", "um", "umm", "uh", "uhm", "er", "erm", "hmm", "hm":
		return true
	}
	return false
}

// isFiller lists the words around a wish that are not part of it: greetings,
// politeness and "can you tell me". A template's ^ and $ look past them.
func isFiller(w string) bool {
	switch w {
	case "hi", "hello", "hey", "hiya", "yo", "oi", "ok", "okay", "so", "well", "right", "then", "just", "quick", "quickly",
		"good", "morning", "afternoon", "evening", "dear", "team", "mate", "pal", "guys", "folks",
		"can", "could", "would", "will", "may", "you", "u", "ya", "i", "we", "id", "want", "wanna", "need", "like", "to", "know",
		"let", "lets", "me", "us", "tell", "see", "also", "and", "again",
		"thanks", "thank", "thx", "ty", "cheers", "ta", "now", "asap", "urgently", "today", "immediately", "currently", "atm",
		"sir", "madam", "possible", "if", "mind", "do":
		return true
	}
	return false
}

// isAbbreviation lists words whose full stop does not end a sentence.
func isAbbreviation(w string) bool {
	switch w {
	case "no", "nos", "qty", "approx", "ref", "st", "vs", "inc", "max", "min":
		return true
	}
	return len(w) == 1 && !isASCIIDigit(w[0])
}

// isArticle lists words that may stand before a product without being part of it.
func isArticle(w string) bool {
	switch w {
	case "the", "a", "an", "any", "some", "our", "my", "your", "all", "of", "for", "on", "more", "those", "these", "that", "this",
		"another", "extra", "new", "still", "currently", "actually", "sku", "item", "items", "product", "products", "code", "part",
		"called", "named", "left", "enough", "much", "many", "it", "them", "me", "us", "in", "available", "from":
		return true
	}
	return false
}

// isTrailer lists words that may stand after a product without being part of it.
func isTrailer(w string) bool {
	switch w {
	case "left", "remaining", "available", "currently", "now", "today", "still", "have", "got", "has", "do", "does", "we", "i",
		"is", "are", "there", "in", "on", "at", "of", "for", "the", "a", "hand", "stock", "stocks", "inventory", "level", "levels", "status",
		"here", "asap", "urgently", "immediately", "thanks", "thank", "you", "thx", "ty", "cheers", "ta", "mate", "right",
		"again", "too", "also", "instead", "and", "or", "to", "from", "with", "moment", "please":
		return true
	}
	return false
}

// endsProduct lists words that begin something else: a product never runs on
// into a reason, a condition or a wish of its own.
func endsProduct(w string) bool {
	switch w {
	case "because", "cause", "cos", "before", "after", "if", "so", "as", "when", "while", "until", "till", "but", "then", "since",
		"which", "who", "that", "whats", "what", "how", "where", "is", "are", "was", "were", "im", "ive", "its", "theyre",
		"we", "i", "you", "they", "he", "she", "it", "them", "me", "us", "do", "does", "did", "have", "has", "can", "could", "should", "would", "will",
		"thanks", "thank", "thx", "cheers", "asap", "urgently", "immediately", "right", "currently", "now":
		return true
	}
	return false
}

// beginsCommand lists the words after "and" that start another wish.
func beginsCommand(w string) bool {
	switch w {
	case "show", "check", "order", "reorder", "generate", "list", "send", "give", "ack", "acknowledge", "create", "run", "tell", "let", "make", "view", "get":
		return true
	}
	return false
}

// isNotProduct lists words that, as a whole product, are business figures or
// everyday things: "how many sales", "how much time", "do we have a meeting".
func isNotProduct(w string) bool {
	switch w {
	case "sale", "sales", "revenue", "profit", "margin", "turnover", "money", "cash", "income", "cost", "costs", "price", "budget",
		"order", "orders", "purchase", "po", "pos", "delivery", "deliveries", "shipment", "shipments", "invoice", "invoices", "parcel", "parcels", "package",
		"customer", "customers", "supplier", "suppliers", "vendor", "vendors", "staff", "people", "person", "user", "users", "guests", "employees",
		"agent", "agents", "alert", "alerts", "alarm", "alarms", "warning", "warnings", "report", "reports", "digest", "message", "messages",
		"time", "times", "day", "days", "hour", "hours", "minute", "minutes", "week", "weeks", "month", "months", "year", "years", "longer",
		"meeting", "meetings", "call", "calls", "problem", "problems", "question", "questions", "issue", "issues", "plan", "plans", "idea", "ideas",
		"market", "exchange", "broker", "portfolio", "photo", "photos", "tip", "tips", "wifi", "password", "address", "postcode", "number",
		"account", "accounts", "balance", "credit", "points", "miles", "calories", "holiday", "holidays", "transaction", "transactions",
		"pizza", "taxi", "lunch", "dinner", "takeaway", "uber", "drinks", "weather", "far", "often", "old", "long", "fun":
		return true
	}
	return false
}

// isGenericStock lists words that mean stock as such: "check stock", "reorder
// stock" name no product.
func isGenericStock(w string) bool {
	switch w {
	case "stock", "stocks", "inventory", "level", "levels", "status", "check", "product", "products", "item", "items", "something", "anything",
		"everything", "things", "stuff", "quantity", "total", "count", "units", "it", "them", "this", "that", "these", "those", "one", "same":
		return true
	}
	return false
}

// isCounter lists words that only count: "50 pcs ABC123".
func isCounter(w string) bool {
	switch w {
	case "unit", "units", "pc", "pcs", "piece", "pieces", "nos", "no", "x", "ea", "each", "off", "qty":
		return true
	}
	return false
}

// isPack lists containers and packs: "12 bags of Kenya AA".
func isPack(w string) bool {
	switch w {
	case "box", "boxes", "case", "cases", "pack", "packs", "packet", "packets", "bag", "bags", "pallet", "pallets", "carton", "cartons",
		"roll", "rolls", "sheet", "sheets", "bottle", "bottles", "tin", "tins", "can", "cans", "jar", "jars", "tub", "tubs", "drum", "drums",
		"crate", "crates", "sack", "sacks", "bundle", "bundles", "set", "sets", "pair", "pairs", "reel", "reels", "length", "lengths",
		"kg", "kilo", "kilos", "kilogram", "kilograms", "gram", "grams", "litre", "litres", "liter", "liters", "metre", "metres", "meter", "meters", "tonne", "tonnes":
		return true
	}
	return false
}

// isMeasure lists units that make a number part of a product's name: "500 mg".
func isMeasure(w string) bool {
	switch w {
	case "mm", "cm", "m", "km", "mg", "mcg", "g", "kg", "ml", "cl", "l", "ltr", "oz", "lb", "lbs", "w", "kw", "v", "a", "ah", "mah",
		"gb", "tb", "mb", "hz", "ghz", "in", "inch", "inches", "ft", "foot", "ply", "way", "speed", "pin", "core", "watt", "volt", "amp", "percent":
		return true
	}
	return false
}

// severityOf maps a word to one of the four severities, or "".
func severityOf(w string) string {
	switch w {
	case "critical", "crit", "criticals", "urgent", "severe":
		return "critical"
	case "high", "highs":
		return "high"
	case "medium", "moderate":
		return "medium"
	case "low":
		return "low"
	}
	return ""
}

// reportTypeOf maps a word to one of the four report types, or "".
func reportTypeOf(w string) string {
	switch w {
	case "inventory", "stock", "stocks":
		return "inventory"
	case "sales", "sale", "selling":
		return "sales"
	case "supplier", "suppliers", "vendor", "vendors":
		return "supplier"
	case "financial", "financials", "finance", "finances", "p&l", "pnl", "profit", "revenue", "accounts":
		return "financial"
	}
	return ""
}

// isPlaceNoun lists the generic names of places.
func isPlaceNoun(w string) bool {
	switch w {
	case "warehouse", "store", "shop", "branch", "depot", "site", "outlet", "dc", "yard", "bay", "hub", "wh", "stockroom":
		return true
	}
	return false
}
