package patient_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
	"yilian/consult/patient"
)

var now = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

// 11010519491231002X is the example printed in GB 11643.
const example = "11010519491231002X"

func TestParseIDNumber(t *testing.T) {
	for _, c := range []struct{ in, code string }{
		{example, ""},
		{" 11010519491231002x ", ""},
		{"110105194912310021", "patient.idNumber.check"},
		{"11010519491231002", "patient.idNumber.length"},
		{"1101051949123100２X", "patient.idNumber.length"},
		{"1101051949A231002X", "patient.idNumber.digit"},
		{withCheck("11010519491331002"), "patient.idNumber.birth"},
		{withCheck("11010520990101002"), "patient.idNumber.birth"},
	} {
		n, err := patient.ParseIDNumber(c.in, now)
		if code(err) != c.code {
			t.Errorf("ParseIDNumber(%q): %v, want %q", c.in, err, c.code)
		}
		if err == nil && (n.Birth() != "1949-12-31" || n.Sex() != patient.Female || n.Tail() != "002X") {
			t.Errorf("%q: birth %s, sex %s, tail %s", c.in, n.Birth(), n.Sex(), n.Tail())
		}
	}
}

// withCheck appends the check character by the definition (the weighted sum is 1 modulo 11), not by the product's table.
func withCheck(s string) string {
	for _, c := range "0123456789X" {
		sum, w := 0, 1
		full := s + string(c)
		for i := 17; i >= 0; i-- {
			v := int(full[i] - '0')
			if full[i] == 'X' {
				v = 10
			}
			sum += v * w
			w = w * 2 % 11
		}
		if sum%11 == 1 {
			return full
		}
	}
	panic("no check character")
}

func code(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*yilian.Error](err); ok {
		return e.Code
	}
	return err.Error()
}

func TestIDNumberCatchesEverySingleTypo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		born := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 34000).Draw(t, "days"))
		s := withCheck(fmt.Sprintf("%06d%s%03d", rapid.IntRange(110000, 659999).Draw(t, "area"), born.Format("20060102"), rapid.IntRange(0, 999).Draw(t, "seq")))
		if _, err := patient.ParseIDNumber(s, now); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		i := rapid.IntRange(0, 16).Draw(t, "position")
		d := rapid.SampledFrom([]byte("0123456789")).Draw(t, "digit")
		if s[i] == d {
			return
		}
		if _, err := patient.ParseIDNumber(s[:i]+string(d)+s[i+1:], now); err == nil {
			t.Fatalf("%s with %c at %d was accepted", s, d, i)
		}
	})
}

func TestIDNumberHidesItself(t *testing.T) {
	n, err := patient.ParseIDNumber(example, now)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "n", n)
	for _, s := range []string{fmt.Sprint(n), fmt.Sprintf("%v %s %+v", n, n, n), log.String()} {
		if strings.Contains(s, "19491231") {
			t.Errorf("the number shows in %q", s)
		}
	}
}

func TestAgree(t *testing.T) {
	n, _ := patient.ParseIDNumber(example, now)
	for _, c := range []struct {
		sex   patient.Sex
		birth patient.Date
		code  string
	}{
		{patient.Female, "1949-12-31", ""},
		{patient.Unknown, "", ""},
		{patient.Male, "1949-12-31", "patient.idNumber.sexDiffers"},
		{patient.Female, "1949-12-30", "patient.idNumber.birthDiffers"},
	} {
		if err := n.Agree(c.sex, c.birth); code(err) != c.code {
			t.Errorf("%s %s: %v, want %q", c.sex, c.birth, err, c.code)
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"阿迪力·买买提":            "阿迪力·买买提",
		"阿迪力•买买提":            "阿迪力·买买提",
		"  Wang   Xiaodong ": "Wang Xiaodong",
	} {
		if got, err := patient.CleanName(in); err != nil || got != want {
			t.Errorf("CleanName(%q) = %q, %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "  ", "a^b", "a=b", "a\x00b", strings.Repeat("名", 65)} {
		if got, err := patient.CleanName(bad); err == nil {
			t.Errorf("CleanName(%q) = %q, want an error", bad, got)
		}
	}
	for _, same := range [][2]string{{"阿迪力·买买提", "阿迪力 买买提"}, {"ＷＡＮＧ^Xiao", "wang xiao"}, {"王 小明", "王小明"}} {
		if patient.NameKey(same[0]) != patient.NameKey(same[1]) {
			t.Errorf("%q and %q should be one name", same[0], same[1])
		}
	}
	if patient.NameKey("王小明") == patient.NameKey("王小朋") {
		t.Error("two names have one key")
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[patient.Date]string{
		"1960-03-15": "65岁", "1960-03-14": "66岁", "2025-03-14": "12月", "2026-02-15": "27天", "2026-03-14": "0天", "": "", "2027-01-01": "",
	} {
		if got := d.Age(now); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
