package persona

import (
	"math"
	"strconv"
	"strings"

	"ferry/app"
)

// maxExact bounds figures to what a float64 holds exactly; past it the digits
// would be made up.
const maxExact = 1 << 53

// count writes a whole number.
func (v voice) count(n int) string {
	return v.grouped(strconv.Itoa(n))
}

// decimal writes x rounded to at most places decimals, without needless
// zeros; "" for what is not a number.
func (v voice) decimal(x float64, places int) string {
	digits := fixed(x, places)
	if strings.Contains(digits, ".") {
		digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
	}
	return v.grouped(digits)
}

// fixed writes x with exactly places decimals, never as "-0".
func fixed(x float64, places int) string {
	if math.IsNaN(x) || math.Abs(x) > maxExact {
		return ""
	}
	digits := strconv.FormatFloat(x, 'f', places, 64)
	if strings.Trim(digits, "-0.") == "" {
		return strings.TrimPrefix(digits, "-")
	}
	return digits
}

// grouped sets a comma before each three digits in front of the decimal point;
// a machine gets none.
func (v voice) grouped(digits string) string {
	whole := strings.IndexByte(digits, '.')
	if whole < 0 {
		whole = len(digits)
	}
	first := 0
	if strings.HasPrefix(digits, "-") {
		first = 1
	}
	if v.record || whole-first <= 3 {
		return digits
	}
	var out strings.Builder
	out.Grow(len(digits) + (whole-first)/3)
	for i := range len(digits) {
		if i > first && i < whole && (whole-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteByte(digits[i])
	}
	return out.String()
}

// days writes a number of days: "1 day", "12 days"; "12" in a record.
func (v voice) days(n int) string {
	switch {
	case v.record:
		return strconv.Itoa(n)
	case n == 1:
		return "1 day"
	default:
		return v.count(n) + " days"
	}
}

// figure writes one number of a report; money has the company's currency
// (ISO 4217), percents are given as 12.5 for 12.5 %. A record has the bare
// number: its unit is in the key.
func (v voice) figure(kind app.FigureKind, x float64, currency string) string {
	switch kind {
	case app.FigureMoney:
		return v.money(x, currency)
	case app.FigurePercent:
		return v.withUnit(v.decimal(x, 1), "%", "%")
	case app.FigureDays:
		return v.withUnit(v.decimal(x, 1), " day", " days")
	case app.FigureCount:
		return v.orMissing(v.decimal(x, 2))
	default:
		return v.orMissing(v.decimal(x, 2))
	}
}

func (v voice) withUnit(number, one, many string) string {
	switch {
	case number == "" || v.record:
		return v.orMissing(number)
	case number == "1":
		return number + one
	default:
		return number + many
	}
}

func (v voice) orMissing(number string) string {
	if number == "" && !v.record {
		return "not known"
	}
	return v.known(number)
}

// money writes an amount: "£1,234.50", "-£3.00", "CHF 20.00"; "1234.50" in a
// record.
func (v voice) money(x float64, currency string) string {
	digits := fixed(x, minorDigits(currency))
	if digits == "" || v.record {
		return v.orMissing(digits)
	}
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	return sign + currencySign(currency) + v.grouped(digits)
}

// minorDigits is the number of decimals of a currency (ISO 4217) where it is
// not two.
func minorDigits(currency string) int {
	switch currency {
	case "CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "OMR", "TND":
		return 3
	default:
		return 2
	}
}

// currencySign is the sign that only one currency is known by, else its code.
func currencySign(currency string) string {
	switch currency {
	case "":
		return ""
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "INR":
		return "₹"
	case "JPY":
		return "¥"
	case "USD":
		return "$"
	default:
		return name(currency) + " "
	}
}
