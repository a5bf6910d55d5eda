package dimse

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Generators of what can stand in PDUs and commands, without padding, so that a round trip gives the same again.

func uids() *rapid.Generator[string] { return rapid.StringMatching(`[0-9.]{1,64}`) }

func titles() *rapid.Generator[string] { return rapid.StringMatching(`[A-Z0-9_-]{1,16}`) }

func someBytes() *rapid.Generator[[]byte] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) []byte { return append([]byte{}, b...) })
}

func associations(typ byte) *rapid.Generator[*Associate] {
	return rapid.Custom(func(t *rapid.T) *Associate {
		a := &Associate{
			Version: rapid.Uint16().Draw(t, "version"), Called: titles().Draw(t, "called"), Calling: titles().Draw(t, "calling"),
			ApplicationContext: uids().Draw(t, "application"),
			User: User{
				MaxLength:           rapid.Uint32Min(minLength).Draw(t, "max"),
				ImplementationClass: uids().Draw(t, "class"), ImplementationName: titles().Draw(t, "name"),
			},
		}
		for _, n := range rapid.SliceOfNDistinct(rapid.ByteRange(0, 127), 0, 10, rapid.ID).Draw(t, "contexts") {
			if typ == typeAssociateRQ {
				a.Proposed = append(a.Proposed, Proposed{2*n + 1, uids().Draw(t, "abstract"), rapid.SliceOfN(uids(), 1, 4).Draw(t, "transfer")})
			} else {
				a.Answered = append(a.Answered, Answered{2*n + 1, rapid.ByteRange(0, 4).Draw(t, "result"), uids().Draw(t, "transfer")})
			}
		}
		if rapid.Bool().Draw(t, "has window") {
			a.User.AsyncOps = &AsyncOps{rapid.Uint16().Draw(t, "invoked"), rapid.Uint16().Draw(t, "performed")}
		}
		for range rapid.IntRange(0, 3).Draw(t, "roles") {
			a.User.Roles = append(a.User.Roles, Role{uids().Draw(t, "role"), rapid.Bool().Draw(t, "scu"), rapid.Bool().Draw(t, "scp")})
			a.User.Extended = append(a.User.Extended, Extended{uids().Draw(t, "extended"), someBytes().Draw(t, "info")})
		}
		if rapid.Bool().Draw(t, "has identity") {
			a.User.Identity = &Identity{rapid.Byte().Draw(t, "type"), rapid.Bool().Draw(t, "answer"), someBytes().Draw(t, "primary"), someBytes().Draw(t, "secondary")}
			a.User.IdentityAnswer = someBytes().Draw(t, "answer text")
		}
		return a
	})
}

func TestAssociateRoundTrip(t *testing.T) {
	for _, typ := range []byte{typeAssociateRQ, typeAssociateAC} {
		rapid.Check(t, func(t *rapid.T) {
			a := associations(typ).Draw(t, "associate")
			got, err := decodeAssociate(typ, a.encode(typ)[pduHeader:])
			if err != nil || !reflect.DeepEqual(got, a) {
				t.Fatalf("%v\n got %+v\nwant %+v", err, got, a)
			}
		})
	}
}

// TestUnknownItemsAreSkipped: PS3.8 9.3.1 asks for it, so that later editions can add items.
func TestUnknownItemsAreSkipped(t *testing.T) {
	a := hello()
	b := appendItem(a.encode(typeAssociateRQ), 0x77, []byte("from the future"))
	got, err := decodeAssociate(typeAssociateRQ, b[pduHeader:])
	if err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("%v: %+v", err, got)
	}
	var u User
	if err := u.decode(appendItem(appendItem(nil, 0x7f, []byte{1, 2, 3}), itemMaxLength, []byte{0, 0, 0x40, 0})); err != nil || u.MaxLength != 16384 {
		t.Errorf("%v: %+v", err, u)
	}
}

// TestPaddingIsTaken: NUL and spaces, which are met though they should not be.
func TestPaddingIsTaken(t *testing.T) {
	a := hello()
	a.Proposed[0].AbstractSyntax += "\x00"
	a.Proposed[1].TransferSyntaxes[0] += " "
	a.Called, a.Calling = " YILIAN", "TESTER\x00\x00"
	got, err := decodeAssociate(typeAssociateRQ, a.encode(typeAssociateRQ)[pduHeader:])
	if err != nil || !reflect.DeepEqual(got, hello()) {
		t.Errorf("%v: %+v", err, got)
	}
}

func commands() *rapid.Generator[*Command] {
	return rapid.Custom(func(t *rapid.T) *Command {
		fields := []Field{CStoreRQ, CGetRQ, CFindRQ, CMoveRQ, CEchoRQ, CCancelRQ, NEventRQ, NGetRQ, NSetRQ, NActionRQ, NCreateRQ, NDeleteRQ}
		c := &Command{
			Field:     rapid.SampledFrom(fields).Draw(t, "field") | rapid.SampledFrom([]Field{0, responseTo}).Draw(t, "response"),
			MessageID: rapid.Uint16().Draw(t, "id"), RespondedTo: rapid.Uint16().Draw(t, "responded"), Priority: rapid.Uint16().Draw(t, "priority"),
			HasData: rapid.Bool().Draw(t, "data"), Status: Status(rapid.Uint16().Draw(t, "status")), ErrorID: rapid.Uint16().Draw(t, "error"),
			MoveOriginatorID: rapid.Uint16().Draw(t, "originator"), EventType: rapid.Uint16().Draw(t, "event"), ActionType: rapid.Uint16().Draw(t, "action"),
			OffendingElements: rapid.SliceOfN(rapid.Uint32(), 0, 3).Draw(t, "offending"), AttributeIdentifiers: rapid.SliceOfN(rapid.Uint32(), 0, 3).Draw(t, "attributes"),
		}
		for _, at := range []*string{&c.AffectedSOPClass, &c.RequestedSOPClass, &c.AffectedSOPInstance, &c.RequestedSOPInstance} {
			*at = rapid.OneOf(uids(), rapid.Just("")).Draw(t, "uid")
		}
		for _, at := range []*string{&c.MoveDestination, &c.MoveOriginator, &c.ErrorComment} {
			*at = rapid.OneOf(titles(), rapid.Just("")).Draw(t, "text")
		}
		if rapid.Bool().Draw(t, "has counts") {
			c.SubOperations = &SubOperations{rapid.Uint16().Draw(t, "remaining"), 1, 2, 0}
		}
		return c
	})
}

func TestCommandRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := commands().Draw(t, "command")
		b := c.encode()
		if len(b)%2 != 0 {
			t.Fatalf("odd length %d", len(b))
		}
		got, err := decodeCommand(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []*[]uint32{&c.OffendingElements, &c.AttributeIdentifiers, &got.OffendingElements, &got.AttributeIdentifiers} {
			if len(*p) == 0 {
				*p = nil
			}
		}
		if !reflect.DeepEqual(got, c) {
			t.Fatalf("got %+v\nwant %+v", got, c)
		}
	})
}

// TestCommandBytes holds a C-ECHO-RQ against bytes that were taken from DCMTK's echoscu on the wire.
func TestCommandBytes(t *testing.T) {
	want := "\x00\x00\x00\x00\x04\x00\x00\x00\x38\x00\x00\x00" +
		"\x00\x00\x02\x00\x12\x00\x00\x001.2.840.10008.1.1\x00" +
		"\x00\x00\x00\x01\x02\x00\x00\x00\x30\x00" +
		"\x00\x00\x10\x01\x02\x00\x00\x00\x01\x00" +
		"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01"
	if got := echoRQ(1); string(got) != want {
		t.Errorf("% X", got)
	}
}

func TestCommandFaults(t *testing.T) {
	element := func(tag uint32, value string) []byte {
		w := commandWriter{}
		w.element(tag, []byte(value))
		return w.buf
	}
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"nothing":             {nil, "lacks element 00000100"},
		"7 bytes":             {make([]byte, 7), "no element"},
		"another group":       {element(0x00080018, "1.2"), "not of group 0000"},
		"element too long":    {element(tagStatus, "\x00\x00")[:9], "1 left"},
		"US of 4 bytes":       {element(tagCommandField, "\x01\x00\x00\x00"), "US of 4 bytes"},
		"AT of 3 bytes":       {element(tagOffendingElement, "abc"), "AT of 3 bytes"},
		"unknown, no field":   {element(0x00000042, "x"), "lacks element 00000100"},
		"no message ID":       {element(tagCommandField, "\x30\x00"), "C-ECHO-RQ lacks"},
		"response, no status": {bytes.Join([][]byte{element(tagCommandField, "\x30\x80"), element(tagRespondedTo, "\x01\x00"), element(tagDataSetType, "\x01\x01")}, nil), "C-ECHO-RSP lacks element 00000900"},
	} {
		if _, err := decodeCommand(c.bytes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// order, group length and retired elements do not matter
	odd := bytes.Join([][]byte{element(tagDataSetType, "\x01\x01"), element(0x00000010, "ACR-NEMA"), element(tagMessageID, "\x05\x00"), element(tagCommandField, "\x30\x00"), element(tagAffectedSOPClass, Verification)}, nil)
	if c, err := decodeCommand(odd); err != nil || c.MessageID != 5 || c.HasData {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestElementsAscend(t *testing.T) {
	for i := 1; i < len(elements); i++ {
		if elements[i-1].tag >= elements[i].tag {
			t.Errorf("%08X before %08X", elements[i-1].tag, elements[i].tag)
		}
	}
}

func TestStatusClasses(t *testing.T) {
	for s, want := range map[Status]struct{ ok, warning, transient bool }{
		Success: {ok: true}, CoercedElements: {ok: true, warning: true}, MismatchWarning: {ok: true, warning: true}, 0x0107: {ok: true, warning: true},
		OutOfResources: {transient: true}, 0xA701: {transient: true}, DataSetMismatch: {}, CannotUnderstand: {}, 0xCFFF: {}, NotAuthorized: {}, ClassNotSupported: {}, Cancelled: {}, 0x4242: {},
	} {
		if s.OK() != want.ok || s.Warning() != want.warning || s.Transient() != want.transient {
			t.Errorf("%v: ok %v warning %v transient %v", s, s.OK(), s.Warning(), s.Transient())
		}
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		Success.String(): "0000 success", Status(0xA702).String(): "A702 out of resources", Status(0xC123).String(): "C123 cannot understand",
		CoercedElements.String(): "B000 warning", Status(0x4242).String(): "4242 failure", NotAuthorized.String(): "0124 not authorised",
		CStoreRQ.String(): "C-STORE-RQ", (CFindRQ | responseTo).String(): "C-FIND-RSP", Field(0x4242).String(): "command 4242",
		RejectCallingAE.Error():                         "association rejected: calling AE title not recognised (result 1, source 1, reason 3)",
		(&Reject{2, 9, 9}).Error():                      "association rejected: reserved reason (result 2, source 9, reason 9)",
		(&Abort{Source: 2, Reason: 6}).Error():          "association aborted by this side (source 2, reason 6)",
		(&Abort{Remote: true, Err: ErrTimeout}).Error(): "association aborted by the peer (source 0, reason 0): timeout",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCheckAETitle(t *testing.T) {
	for title, ok := range map[string]bool{"A": true, "STORE SCP": true, "1234567890123456": true, "": false, "   ": false, "12345678901234567": false, `A\B`: false, "A\nB": false, "医联": false} {
		if err := CheckAETitle(title); (err == nil) != ok {
			t.Errorf("%q: %v", title, err)
		}
	}
}
