package patient

import (
	"log/slog"
	"strings"
	"time"

	"yilian"
)

// IDNumber is a citizen identity number of GB 11643: 17 digits and a check character (0–9 or X). It never prints itself:
// String and the log value show the last four characters only.
type IDNumber string

// weights are the position weights of the MOD 11-2 check of GB 11643 (ISO 7064), and checks the check characters by remainder.
var (
	weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	checks  = [11]byte{'1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'}
)

// ParseIDNumber checks length, digits, birth date (not after now, not before 1880) and check character.
func ParseIDNumber(s string, now time.Time) (IDNumber, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 18 {
		return "", yilian.Errorf(yilian.Invalid, "patient.idNumber.length", "An ID number has 18 characters.")
	}
	sum := 0
	for i, w := range weights {
		c := s[i]
		if c < '0' || c > '9' {
			return "", yilian.Errorf(yilian.Invalid, "patient.idNumber.digit", "The first 17 characters of an ID number are digits.")
		}
		sum += int(c-'0') * w
	}
	if s[17] != checks[sum%11] {
		return "", yilian.Errorf(yilian.Invalid, "patient.idNumber.check", "The last character of the ID number does not fit: please check for a typing error.")
	}
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.After(now) || born.Year() < 1880 {
		return "", yilian.Errorf(yilian.Invalid, "patient.idNumber.birth", "The birth date inside the ID number is not a date.")
	}
	return IDNumber(s), nil
}

// Birth is the birth date inside the number.
func (n IDNumber) Birth() Date { return Date(n[6:10] + "-" + n[10:12] + "-" + n[12:14]) }

// Sex is the sex inside the number: the 17th digit is odd for male.
func (n IDNumber) Sex() Sex {
	if (n[16]-'0')%2 == 1 {
		return Male
	}
	return Female
}

// Tail is the last four characters, which is all that is ever shown.
func (n IDNumber) Tail() string {
	if len(n) < 4 {
		return ""
	}
	return string(n[len(n)-4:])
}

// String hides all but the tail, so that no format verb can print the number by accident.
func (n IDNumber) String() string {
	if n == "" {
		return ""
	}
	return "…" + n.Tail()
}

// LogValue hides the number in logs altogether.
func (n IDNumber) LogValue() slog.Value { return slog.StringValue("[id number]") }

// Agree checks the number against what was typed beside it. An unknown sex or an empty birth date disagrees with nothing.
func (n IDNumber) Agree(sex Sex, birth Date) error {
	if n == "" {
		return nil
	}
	if birth != "" && birth != n.Birth() {
		return yilian.Errorf(yilian.Invalid, "patient.idNumber.birthDiffers", "The birth date differs from the one in the ID number.")
	}
	if (sex == Male || sex == Female) && sex != n.Sex() {
		return yilian.Errorf(yilian.Invalid, "patient.idNumber.sexDiffers", "The sex differs from the one in the ID number.")
	}
	return nil
}
