package directory_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// TestDeviceSettings: every setting by itself, good and bad.
func TestDeviceSettings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*place, *directory.Device)
		code   string
	}{
		"nothing more":                {func(*place, *directory.Device) {}, ""},
		"all of it":                   {func(p *place, d *directory.Device) { *d = fullDevice(p) }, ""},
		"a lower-case charset":        {func(_ *place, d *directory.Device) { d.Charset = "gb18030" }, ""},
		"code extensions":             {func(_ *place, d *directory.Device) { d.Charset = `\ISO 2022 IR 58` }, ""},
		"address without port":        {func(_ *place, d *directory.Device) { d.Address = "10.1.2.3" }, "device.address"},
		"address without host":        {func(_ *place, d *directory.Device) { d.Address = ":104" }, "device.address"},
		"port 0":                      {func(_ *place, d *directory.Device) { d.Address = "10.1.2.3:0" }, "device.address"},
		"fingerprint too short":       {func(_ *place, d *directory.Device) { d.TLS.Fingerprint = "abcd" }, "device.fingerprint"},
		"fingerprint no hexadecimal":  {func(_ *place, d *directory.Device) { d.TLS.Fingerprint = strings.Repeat("xy", 32) }, "device.fingerprint"},
		"no UID":                      {func(_ *place, d *directory.Device) { d.Classes = []string{"CT Image Storage"} }, "device.class"},
		"UID with a leading zero":     {func(_ *place, d *directory.Device) { d.Classes = []string{"1.2.03"} }, "device.class"},
		"GB2312 is no term":           {func(_ *place, d *directory.Device) { d.Charset = "GB2312" }, "device.charset"},
		"GB18030 cannot be extended":  {func(_ *place, d *directory.Device) { d.Charset = `GB18030\ISO 2022 IR 58` }, "device.charset"},
		"two without code extensions": {func(_ *place, d *directory.Device) { d.Charset = `ISO_IR 100\ISO_IR 192` }, "device.charset"},
		"unknown names":               {func(_ *place, d *directory.Device) { d.Names = "pinyin" }, "device.names"},
		"time-out too short":          {func(_ *place, d *directory.Device) { d.Timeouts.Read = directory.Duration(time.Millisecond) }, "device.timeouts"},
		"time-out too long":           {func(_ *place, d *directory.Device) { d.Timeouts.Idle = directory.Duration(25 * time.Hour) }, "device.timeouts"},
		"quiet for too long":          {func(_ *place, d *directory.Device) { d.QuietTime = directory.Duration(2 * time.Hour) }, "device.quiet"},
		"too many associations":       {func(_ *place, d *directory.Device) { d.MaxAssociations = 1001 }, "device.associations"},
		"fewer than none":             {func(_ *place, d *directory.Device) { d.MaxAssociations = -1 }, "device.associations"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			d := directory.Device{AETitle: "CT_TEST", Name: "CT", Institution: p.Town, Modality: "CT"}
			c.change(p, &d)
			_, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", 0), d)
			if c.code == "" && err != nil || c.code != "" && codeOf(err) != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
		})
	}
}

func fullDevice(p *place) directory.Device {
	return directory.Device{
		AETitle: "TOWN_MR", Name: "MR", Institution: p.Town, Modality: "mr", Networks: []string{"10.1.2.0/24"}, Address: "10.1.2.3:104",
		TLS:     directory.DeviceTLS{Required: true, Fingerprint: strings.ToUpper(strings.Repeat("ab:", 31) + "ab")},
		Classes: []string{"1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88."}, Charset: "GB18030", Names: directory.NamesFirst, Query: true,
		Timeouts:        directory.DeviceTimeouts{Idle: directory.Duration(10 * time.Minute), Read: directory.Duration(time.Minute)},
		MaxAssociations: 4, QuietTime: directory.Duration(3 * time.Minute),
	}
}

// TestDeviceIsKept: what was set comes back, an edit of an old version is refused, and the trail tells what became what.
func TestDeviceIsKept(t *testing.T) {
	p := newPlace(t)
	d, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", 0), fullDevice(p))
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.dir.DeviceByAE(t.Context(), " TOWN_MR ")
	if err != nil || got.Modality != "MR" || got.TLS.Fingerprint != strings.Repeat("ab", 32) || got.QuietTime.D() != 3*time.Minute || got.Names != directory.NamesFirst {
		t.Fatalf("%+v, %v", got, err)
	}
	got.Address, got.Query = "10.1.2.4:104", false
	if _, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", d.Version), got); err != nil {
		t.Fatal(err)
	}
	if _, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", d.Version), got); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("an overtaken version: %v", err)
	}
	var events []yilian.Event
	err = p.store.View(t.Context(), func(rd flow.Reader) (err error) {
		events, err = rd.Events(flow.Ref{Kind: "device", ID: d.ID})
		return err
	})
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	var changed map[string]any
	if err := json.Unmarshal(events[1].Data, &changed); err != nil || len(changed) != 2 || changed["address"] != "10.1.2.4:104" || changed["query"] != false {
		t.Errorf("the trail says %s", events[1].Data)
	}
	if list, err := p.dir.DevicesOf(t.Context(), p.Town); err != nil || len(list) == 0 {
		t.Errorf("devices of the town: %d, %v", len(list), err)
	}
	if _, err := p.dir.DeviceByAE(t.Context(), "NOBODY"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("nobody: %v", err)
	}
}

func TestDeviceAt(t *testing.T) {
	p := newPlace(t)
	d, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", 0), fullDevice(p))
	if err != nil {
		t.Fatal(err)
	}
	near, far := netip.MustParseAddr("10.1.2.9"), netip.MustParseAddr("10.1.3.9")
	if a, err := p.dir.Device(t.Context(), "TOWN_MR", near); err != nil || a.Device != "TOWN_MR" || a.Institution != p.Town {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := p.dir.Device(t.Context(), "TOWN_MR", far); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("from elsewhere: %v", err)
	}
	d.Disabled = true
	if _, err := p.dir.SaveDevice(t.Context(), p.cmd("admin", d.Version), d); err != nil {
		t.Fatal(err)
	}
	if _, err := p.dir.Device(t.Context(), "TOWN_MR", near); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("disabled: %v", err)
	}
}

func TestNameForm(t *testing.T) {
	for _, c := range []struct {
		charset string
		chosen  directory.NameForm
		want    directory.NameForm
	}{
		{"", "", directory.NamesBoth},
		{"GB18030", "", directory.NamesBoth},
		{"GBK", "", directory.NamesBoth},
		{"ISO_IR 192", "", directory.NamesBoth},
		{`\ISO 2022 IR 58`, "", directory.NamesGroups},
		{"ISO_IR 100", "", directory.NamesLatin},
		{"ISO_IR 6", "", directory.NamesLatin},
		{"ISO_IR 100", directory.NamesFirst, directory.NamesFirst},
		{"GB18030", directory.NamesGroups, directory.NamesGroups},
	} {
		if got := (directory.Device{Charset: c.charset, Names: c.chosen}).NameForm(); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.charset, c.chosen, got, c.want)
		}
	}
}

func TestAccepts(t *testing.T) {
	d := directory.Device{Classes: []string{"1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88."}}
	for class, want := range map[string]bool{
		"1.2.840.10008.5.1.4.1.1.4": true, "1.2.840.10008.5.1.4.1.1.4.1": false, "1.2.840.10008.5.1.4.1.1.88.22": true, "1.2.840.10008.5.1.4.1.1.88": false,
	} {
		if d.Accepts(class) != want {
			t.Errorf("%s: %v", class, !want)
		}
	}
	if !(directory.Device{}).Accepts("1.2.3") {
		t.Error("a device without classes takes all")
	}
}
