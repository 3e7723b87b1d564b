package company

import "math"

// place is a warehouse, with its share of the company's sales.
type place struct {
	name  string
	share float64
}

func places() []place {
	return []place{{"Leeds", 0.4}, {"Manchester", 0.3}, {"York", 0.2}, {"Hull", 0.1}}
}

// supplier is who the company buys from, and how well that goes.
type supplier struct {
	name, email, phone string
	leadDays           int
	minOrder           int // units
	notes              string
	every              int   // days between two orders
	late               []int // days that its orders come late, one after the other, from the oldest
}

// Names of the suppliers.
const (
	cordillera = "Cordillera Green Coffee"
	highland   = "Highland Estates Tea"
	brewline   = "Brewline Equipment"
	aireValley = "Aire Valley Packaging"
	maison     = "Maison Sirop"
	dales      = "Dales Oat Dairy"
)

func suppliers() []supplier {
	return []supplier{
		{
			cordillera, "orders@cordillera.example", "+44 1632 960101", 12, 60,
			"Roasts on Mondays and Thursdays. Late when the port is.", 14,
			[]int{0, 2, 0, 5, 1, 4},
		},
		{highland, "sales@highlandestates.example", "+44 1632 960102", 21, 48, "By sea; never late, never early.", 28, []int{0, 0, 0}},
		{brewline, "hello@brewline.example", "+44 1632 960103", 7, 6, "Free carriage over 20 units.", 30, []int{1, 0, 0}},
		{aireValley, "trade@airevalley.example", "+44 1632 960104", 4, 200, "Delivers before ten.", 10, []int{0, 0, -1, 0, 0, 1, 0, 0}},
		{maison, "commandes@maisonsirop.example", "+44 1632 960105", 10, 24, "Confirm by telephone.\nAsk for Odile.", 21, []int{6, 3, 9, 4}},
		{dales, "dairy@dalesoat.example", "+44 1632 960106", 2, 24, "Twice a week, chilled van.", 7, []int{0}},
	}
}

// level is how well a product is stocked.
type level int

const (
	fine  level = iota // everywhere over its reorder point
	low                // under the reorder point
	out                // nothing anywhere
	gap                // enough in all, nothing at one place
	still              // stock that nobody buys
)

// product is an article with what drives its sales.
type product struct {
	sku, name, aliases string // aliases are separated by ";"
	category, unit     string
	cost, price        int // pence
	supplier           string
	daily              float64 // units sold on a mean day at the beginning, at all places
	trend              float64 // by which part the sales have grown 90 days later
	level              level
	computed           bool // the company sets no reorder point; ferry computes it
}

// reorderPoint covers the supplier's lead time and a week.
func (p product) reorderPoint() int {
	return int(math.Ceil(p.daily * float64(p.leadDays()+7)))
}

// safetyStock covers a week.
func (p product) safetyStock() int { return int(math.Ceil(p.daily * 7)) }

func (p product) leadDays() int {
	for _, s := range suppliers() {
		if s.name == p.supplier {
			return s.leadDays
		}
	}
	return 0
}

func products() []product {
	var all []product
	for _, some := range [][]product{coffees(), teas(), brewers(), papers(), syrups()} {
		all = append(all, some...)
	}
	return all
}

func coffees() []product {
	const category = "coffee"
	return []product{
		{"COF-001", "Decaf Colombia 250 g", "decaf;decaf colombia;decaf coffee", category, "bags", 420, 750, cordillera, 9, 0.1, gap, false},
		{"COF-002", "House Espresso 1 kg", "espresso;house espresso;house blend", category, "bags", 1150, 1890, cordillera, 22, 0.15, fine, false},
		{"COF-003", "House Espresso 250 g", "small espresso", category, "bags", 340, 640, cordillera, 12, 0, fine, false},
		{"COF-004", "Ethiopia Yirgacheffe 250 g", "yirgacheffe;yirg;ethiopia", category, "bags", 480, 890, cordillera, 8, 0.4, low, false},
		{"COF-005", "Kenya AA 250 g", "kenya 250", category, "bags", 510, 920, cordillera, 6, 0.2, out, false},
		{"COF-006", "Kenya AA 500 g", "kenya 500", category, "bags", 980, 1720, cordillera, 3, 0, fine, false},
		{"COF-007", "Brazil Santos 1 kg", "santos;brazil", category, "bags", 960, 1590, cordillera, 14, -0.1, fine, false},
		{"COF-008", "Guatemala Antigua 250 g", "antigua;guatemala", category, "bags", 460, 850, cordillera, 5, 0, low, false},
		{"COF-009", "Sumatra Mandheling 250 g", "sumatra;mandheling", category, "bags", 470, 860, cordillera, 4, -0.2, fine, false},
		{"COF-010", "Costa Rica Honey 250 g", "costa rica;honey process", category, "bags", 520, 940, cordillera, 3, 0.1, fine, true},
		{"COF-011", "Rwanda Bourbon 250 g", "rwanda;bourbon", category, "bags", 500, 900, cordillera, 2.5, 0, fine, false},
		{"COF-012", "Cold Brew Blend 1 kg", "cold brew", category, "bags", 1080, 1790, cordillera, 6, 1.2, low, false},
		{"COF-013", "Swiss Water Decaf 1 kg", "decaf kilo;big decaf;swiss water", category, "bags", 1240, 1990, cordillera, 4, 0.3, fine, false},
		{"COF-014", "Winter Blend 250 g", "winter blend;christmas coffee", category, "bags", 430, 790, cordillera, 0, 0, still, false},
	}
}

func teas() []product {
	const category = "tea"
	return []product{
		{"TEA-001", "English Breakfast 100 bags", "breakfast tea;builders tea;builder's", category, "boxes", 310, 560, highland, 18, 0, fine, false},
		{"TEA-002", "Earl Grey 100 bags", "earl grey bags;earl grey", category, "boxes", 330, 590, highland, 10, 0, fine, false},
		{"TEA-003", "Earl Grey Loose 250 g", "loose earl grey", category, "tins", 520, 950, highland, 3, 0.1, fine, false},
		{"TEA-004", "Assam Loose 500 g", "assam", category, "tins", 690, 1240, highland, 4, 0, low, false},
		{"TEA-005", "Darjeeling First Flush 100 g", "darjeeling;first flush", category, "tins", 840, 1580, highland, 1.5, 0.3, out, false},
		{"TEA-006", "Sencha 100 g", "sencha;green tea", category, "tins", 460, 880, highland, 5, 0.2, fine, false},
		{"TEA-007", "Jasmine Pearls 100 g", "jasmine;jasmine tea", category, "tins", 720, 1350, highland, 2, 0, fine, false},
		{"TEA-008", "Lapsang Souchong 125 g", "lapsang;smoky tea", category, "tins", 490, 920, highland, 1, -0.3, fine, true},
		{"TEA-009", "Masala Chai 500 g", "chai;masala", category, "tins", 610, 1120, highland, 7, 0.5, gap, false},
		{"TEA-010", "Peppermint 50 bags", "peppermint;mint tea", category, "boxes", 220, 420, highland, 9, 0, fine, false},
		{"TEA-011", "Camomile 50 bags", "camomile;chamomile", category, "boxes", 230, 430, highland, 6, 0, fine, false},
		{"TEA-012", "Rooibos 80 bags", "rooibos;redbush", category, "boxes", 260, 480, highland, 5, 0, fine, false},
		{"TEA-013", "Ceremonial Matcha 30 g", "matcha", category, "tins", 980, 1890, highland, 4, 0.9, low, false},
		{"TEA-014", "Decaf Breakfast 80 bags", "decaf tea", category, "boxes", 320, 570, highland, 4, 0.1, fine, false},
	}
}

func brewers() []product {
	const category, unit = "brewing", "pieces"
	return []product{
		{"BRW-001", "Pour-Over Cone 02", "cone;dripper;pour over", category, unit, 640, 1290, brewline, 2, 0.2, fine, false},
		{"BRW-002", "French Press 8 Cup", "french press;cafetiere;cafetière", category, unit, 1280, 2450, brewline, 1.5, 0, fine, false},
		{"BRW-003", "Moka Pot 6 Cup", "moka;moka pot", category, unit, 1150, 2290, brewline, 1.2, 0, low, false},
		{"BRW-004", "Gooseneck Kettle 1 L", "kettle;gooseneck", category, unit, 2950, 5490, brewline, 0.8, 0.1, out, false},
		{"BRW-005", "Hand Grinder", "grinder;burr grinder", category, unit, 2480, 4650, brewline, 0.7, 0, fine, false},
		{"BRW-006", "Glass Teapot 1 L", "teapot", category, unit, 980, 1990, brewline, 0.9, 0, fine, true},
		{"BRW-007", "Digital Scale 2 kg", "scale;scales", category, unit, 1490, 2890, brewline, 0.6, 0, gap, false},
		{"BRW-008", "Milk Frother", "frother", category, unit, 890, 1790, brewline, 0, 0, still, false},
	}
}

func papers() []product {
	return []product{
		{"FIL-001", "Cone Filters 02, 100 Pack", "cone filters;filters;filter papers", "filters", "packs", 190, 390, brewline, 8, 0.2, fine, false},
		{"FIL-002", "Basket Filters, 250 Pack", "basket filters", "filters", "packs", 340, 640, brewline, 5, 0, low, false},
		{"FIL-003", "Tea Filter Sacks, 100 Pack", "tea sacks;tea filters", "filters", "packs", 240, 460, brewline, 3, 0, fine, false},
		{"CLN-001", "Cleaning Tablets, 60 Pack", "cleaning tablets;tablets;descaler", "cleaning", "tubs", 720, 1290, brewline, 2, 0, fine, false},
		{"CUP-001", "Paper Cup 8 oz, Sleeve of 50", "8 oz cups;small cups", "cups", "sleeves", 210, 380, aireValley, 30, 0.1, low, false},
		{"CUP-002", "Paper Cup 12 oz, Sleeve of 50", "12 oz cups;large cups", "cups", "sleeves", 260, 460, aireValley, 24, 0.2, fine, false},
		{"CUP-003", "Lid 8 oz, Sleeve of 50", "8 oz lids;small lids", "cups", "sleeves", 120, 230, aireValley, 28, 0.1, fine, false},
		{"CUP-004", "Lid 12 oz, Sleeve of 50", "12 oz lids;large lids", "cups", "sleeves", 140, 260, aireValley, 22, 0.2, out, false},
		{"CUP-005", "Wooden Stirrers, 1,000 Pack", "stirrers", "cups", "packs", 290, 540, aireValley, 6, 0, fine, false},
		{"CUP-006", "Reusable Cup 12 oz", "reusable cup;travel mug", "cups", "pieces", 480, 990, aireValley, 3, 0.4, fine, true},
	}
}

func syrups() []product {
	const category, unit = "syrups and milk", "bottles"
	return []product{
		{"SYR-001", "Vanilla Syrup 70 cl", "vanilla;vanilla syrup", category, unit, 390, 720, maison, 6, 0, fine, false},
		{"SYR-002", "Caramel Syrup 70 cl", "caramel;caramel syrup", category, unit, 390, 720, maison, 5, 0, low, false},
		{"SYR-003", "Hazelnut Syrup 70 cl", "hazelnut;hazelnut syrup", category, unit, 410, 740, maison, 4, 0, fine, false},
		{"SYR-004", "Gingerbread Syrup 70 cl", "gingerbread", category, unit, 410, 740, maison, 1, -0.8, fine, false},
		{"SYR-005", "Sugar-Free Vanilla Syrup 70 cl", "sugar free vanilla;sugar free", category, unit, 420, 760, maison, 2, 0.3, gap, false},
		{"MLK-001", "Barista Oat Milk 1 L", "oat milk;oat", category, "cartons", 110, 190, dales, 40, 0.5, low, false},
		{"MLK-002", "Barista Almond Milk 1 L", "almond milk;almond", category, "cartons", 120, 210, dales, 10, 0, fine, false},
	}
}
