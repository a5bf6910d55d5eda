package order

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/patient"
)

// listed tells whether the order is in a worklist at all.
func (o Order) listed() bool { return o.Device != "" && (o.State == Ordered || o.State == InProgress) }

func (o Order) worklistKey() flow.Key {
	if o.Start.IsZero() {
		return flow.Key{Name: keyWalkIn, Value: o.Device, Sort: flow.SortTime(o.CreatedAt)}
	}
	return flow.Key{Name: keyBooked, Value: o.Device, Sort: flow.SortTime(o.Start)}
}

// Window narrows a worklist. Zero values restrict nothing, but a worklist never reaches further than the settings say.
type Window struct {
	From, To             time.Time // of the start, both included
	Accession, PatientID string
	Limit                int // 0: 1000
}

// mostItems bounds one answer.
const mostItems = 1000

// Item is what the worklist of a device says of one order.
type Item struct {
	Order   Order
	Patient patient.Patient
	Device  directory.Device
	// PatientID and PatientIssuer are the number that the device will write into the images.
	PatientID, PatientIssuer string
	Start                    time.Time // in the time zone of the site
	Started                  bool      // a device has begun it
	Name                     Name
}

// Name is a person name in component groups (PS3.5 6.2.1.2).
type Name struct {
	Alphabetic  string `json:"alphabetic,omitempty"`
	Ideographic string `json:"ideographic,omitempty"`
}

// Worklist answers what is booked for a device, by start: orders for its AE title at its institution, no others. An order without a
// time counts for today, and for as many days as the settings say. That a device has looked is in the trail, once in a while.
func (s *Service) Worklist(ctx context.Context, device yilian.Actor, w Window) ([]Item, error) {
	d, err := s.Devices.DeviceByAE(ctx, device.Device)
	if err != nil {
		return nil, fmt.Errorf("device of a worklist: %w", err)
	}
	if d.Disabled || d.Institution != device.Institution {
		return nil, yilian.Errorf(yilian.Forbidden, "device.unknown", "There is no device with this AE title.")
	}
	return s.list(ctx, device, d, w)
}

// Preview answers what a device would see, to a technologist of its institution or to an administrator (who must not be shown whose
// exams these are).
func (s *Service) Preview(ctx context.Context, actor yilian.Actor, ae string, w Window) (directory.Device, []Item, error) {
	d, err := s.Devices.DeviceByAE(ctx, ae)
	if err != nil {
		return d, nil, err
	}
	if !actor.Is(yilian.RoleAdmin) && (!actor.Is(yilian.RoleTechnologist) || d.Institution != actor.Institution) {
		return directory.Device{}, nil, yilian.Errorf(yilian.NotFound, "device.unknown", "There is no device with this AE title.")
	}
	items, err := s.list(ctx, actor, d, w)
	return d, items, err
}

func (s *Service) list(ctx context.Context, actor yilian.Actor, d directory.Device, w Window) (items []Item, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) (err error) {
		items, err = s.worklistIn(rd, d, w)
		return err
	})
	if err != nil || len(items) == 0 || !s.looks.Due(actor, flow.Ref{Kind: "device", ID: d.ID}) {
		return items, err
	}
	return items, flow.Look(ctx, s.Store, yilian.Event{
		Chain: string(d.Institution), Entity: "device", EntityID: d.ID, Version: d.Version, Action: "worklist", Actor: actor, At: s.Now().UTC(),
	})
}

func (s *Service) worklistIn(rd flow.Reader, d directory.Device, w Window) ([]Item, error) {
	set, err := s.Settings(rd, d.Institution)
	if err != nil {
		return nil, fmt.Errorf("settings of a site: %w", err)
	}
	now := s.Now()
	today := dayOf(now.In(s.Location))
	from, to := later(w.From, today.Add(-set.Behind)), today.Add(set.Ahead)
	if !w.To.IsZero() && w.To.Before(to) {
		to = w.To
	}
	booked := flow.Query{Name: keyBooked, Values: []string{d.AETitle}, From: flow.SortTime(from), To: flow.SortTime(to.Add(time.Nanosecond))}
	walkIns := flow.Query{Name: keyWalkIn, Values: []string{d.AETitle}, From: flow.SortTime(now.Add(-set.WalkIn))}
	items := []Item{}
	for _, q := range []flow.Query{booked, walkIns} {
		orders, err := s.repo.All(rd, q)
		if err != nil {
			return nil, fmt.Errorf("orders of a worklist: %w", err)
		}
		for _, o := range orders {
			start := o.scheduled(today)
			if o.Site != d.Institution || start.Before(from) || start.After(to) || w.Accession != "" && w.Accession != o.Accession {
				continue
			}
			item, err := s.item(rd, o, d, start)
			if err != nil {
				return nil, err
			}
			if w.PatientID == "" || w.PatientID == item.PatientID {
				items = append(items, item)
			}
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Order.Accession, b.Order.Accession))
	})
	return items[:min(len(items), cmp.Or(w.Limit, mostItems), mostItems)], nil
}

func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// scheduled is when the exam counts as scheduled on a day that begins at today.
func (o Order) scheduled(today time.Time) time.Time {
	if !o.Start.IsZero() {
		return o.Start.In(today.Location())
	}
	return later(today, o.CreatedAt.In(today.Location()))
}

func (s *Service) item(rd flow.Reader, o Order, d directory.Device, start time.Time) (Item, error) {
	p, err := s.Patients.GetIn(rd, o.Patient)
	if err != nil {
		return Item{}, fmt.Errorf("patient of a worklist: %w", err)
	}
	number := p.NumberOf(string(o.Site))
	return Item{
		Order: o, Patient: p, Device: d, PatientID: number, PatientIssuer: string(o.Site), Start: start, Started: o.State == InProgress,
		Name: WorklistName(p.Name, p.Latin, d.NameForm(), number),
	}, nil
}

// WorklistName writes a name for a worklist as the device can show it (see directory.NameForm). romanised is the same name in Latin
// letters, "" if nobody knows it; number stands in for a name that cannot be shown. A name in Latin letters needs no characters.
func WorklistName(name, romanised string, form directory.NameForm, number string) Name {
	if latin(name) {
		return Name{Alphabetic: components(name)}
	}
	switch form {
	case directory.NamesFirst:
		return Name{Alphabetic: name}
	case directory.NamesGroups:
		return Name{Alphabetic: components(romanised), Ideographic: components(name)}
	case directory.NamesLatin:
		return Name{Alphabetic: cmp.Or(components(romanised), "ID"+number)}
	default:
		return Name{Alphabetic: cmp.Or(components(romanised), name), Ideographic: components(name)}
	}
}

// components writes a name as family name and given name (PS3.5 6.2.1).
func components(name string) string {
	family, given := divide(name)
	return strings.TrimSuffix(family+"^"+given, "^")
}

// latin tells whether a name has letters of the Latin alphabet only.
func latin(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) })
}

// twofold are the Chinese family names of two characters that are met today.
const twofold = "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 " +
	"亓官 司寇 颛孙 漆雕 乐正 拓跋 轩辕 令狐 段干 呼延 东郭 南门 羊舌 梁丘 左丘 西门 百里 第五 即墨 达奚 褚师"

// divide tells the family name from the rest. Names with a middle dot (of Uyghurs, Kazakhs, Tibetans …) have no family name in this
// sense and stay whole; Latin ones are written family name first and divided at the first space.
func divide(name string) (family, given string) {
	runes := []rune(name)
	switch {
	case latin(name):
		family, given, _ = strings.Cut(name, " ")
		return family, given
	case strings.ContainsRune(name, '·') || len(runes) < 2 || len(runes) > 4 || !unicode.Is(unicode.Han, runes[0]):
		return name, ""
	case len(runes) > 2 && strings.Contains(" "+twofold+" ", " "+string(runes[:2])+" "):
		return string(runes[:2]), string(runes[2:])
	default:
		return string(runes[0]), string(runes[1:])
	}
}

// Description is what a console shows of the exam in one line of at most 64 characters (LO).
func (o Order) Description() string {
	text := cmp.Or(o.Exam, o.BodyPart)
	if utf8.RuneCountInString(text) > 64 {
		text = string([]rune(text)[:64])
	}
	return text
}

// Weight is the patient's weight as a decimal string (DS) in kilograms, or "".
func (f Safety) Weight() string {
	if f.WeightKg == 0 {
		return ""
	}
	return strconv.FormatFloat(f.WeightKg, 'f', -1, 64)
}
