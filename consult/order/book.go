package order

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// longestAhead is how far into the future an exam can be booked.
const longestAhead = 366 * 24 * time.Hour

func (s *Service) checkStart(at time.Time) error {
	if !at.IsZero() && (at.Before(s.Now().Add(-24*time.Hour)) || at.After(s.Now().Add(longestAhead))) {
		return yilian.Errorf(yilian.Invalid, "order.start", "An exam is booked for a time from today to a year ahead.")
	}
	return nil
}

// deviceFor answers the device that a new order is booked for: the named one, or the only one of its kind at the institution.
// The zero Device is none: it can be booked later.
func (s *Service) deviceFor(ctx context.Context, n New, home yilian.InstitutionID) (directory.Device, error) {
	if n.Device != "" {
		return s.usable(ctx, n.Device, n.Modality)
	}
	all, err := s.Devices.DevicesOf(ctx, home)
	if err != nil {
		return directory.Device{}, fmt.Errorf("devices of an institution: %w", err)
	}
	all = slices.DeleteFunc(slices.Clone(all), func(d directory.Device) bool {
		return d.Disabled || d.Modality == "" || !SameModality(d.Modality, n.Modality)
	})
	if len(all) != 1 {
		return directory.Device{}, nil
	}
	return all[0], nil
}

// usable answers an enabled device that can make an exam of the modality.
func (s *Service) usable(ctx context.Context, ae, modality string) (directory.Device, error) {
	d, err := s.Devices.DeviceByAE(ctx, ae)
	switch {
	case err != nil:
		return d, fmt.Errorf("device of an order: %w", err)
	case d.Disabled:
		return d, yilian.Errorf(yilian.NotFound, "device.unknown", "There is no device with this AE title.")
	case d.Modality != "" && !SameModality(d.Modality, modality):
		return d, yilian.Errorf(yilian.Invalid, "order.deviceModality", "This device makes no exams of this modality.")
	}
	return d, nil
}

// Booking is when and where an exam is to be made.
type Booking struct {
	Device string    // AE title, at the performing institution; "": as it is
	Start  time.Time // zero: whenever the patient comes
}

// Book books an order that no device has begun for a device and a time: from then on it is in that device's worklist and no other.
func (s *Service) Book(ctx context.Context, cmd flow.Command, id yilian.OrderID, b Booking) (Order, error) {
	if err := s.checkStart(b.Start); err != nil {
		return Order{}, err
	}
	ae, err := s.bookable(ctx, cmd.Actor, id, b.Device)
	if err != nil {
		return Order{}, err
	}
	return s.repo.Update(ctx, cmd, string(id), func(tx flow.Tx, o Order) (Order, flow.Change, error) {
		o, err := s.step(o, cmd.Actor, Book)
		if err != nil {
			return o, flow.Change{}, err
		}
		o.Device = cmp.Or(ae, o.Device)
		o.Start = b.Start.UTC()
		err = s.await(tx, &o, later(s.Now(), b.Start))
		return o, flow.Change{Action: string(Book), Data: map[string]any{"device": o.Device, "start": o.Start}}, err
	})
}

// bookable answers the AE title of a device that an order can be booked for. What it looks at of the order never changes.
func (s *Service) bookable(ctx context.Context, actor yilian.Actor, id yilian.OrderID, ae string) (string, error) {
	o, err := s.Get(ctx, actor, id)
	if err != nil || ae == "" {
		return "", err
	}
	d, err := s.usable(ctx, ae, o.Modality)
	if err != nil {
		return "", err
	}
	if d.Institution != o.Site {
		return "", yilian.Errorf(yilian.Invalid, "order.deviceSite",
			"This device stands at another institution than the order was placed for: cancel the order and place it there.")
	}
	return d.AETitle, nil
}

// Abandon opens an order again whose device never told the end of the exam, or told it wrongly.
func (s *Service) Abandon(ctx context.Context, cmd flow.Command, id yilian.OrderID, reason string) (Order, error) {
	if strings.TrimSpace(reason) == "" {
		return Order{}, yilian.Errorf(yilian.Invalid, "reason.missing", "A reason is needed.")
	}
	return s.repo.Update(ctx, cmd, string(id), func(tx flow.Tx, o Order) (Order, flow.Change, error) {
		o, err := s.step(o, cmd.Actor, Abandon)
		if err != nil {
			return o, flow.Change{}, err
		}
		for i := range o.Done {
			o.Done[i].Abandoned = true
		}
		err = s.await(tx, &o, s.Now())
		return o, flow.Change{Action: string(Abandon), Reason: reason}, err
	})
}

// SameModality treats the projection radiography modalities as one: sites write CR, DX or DR for the same machine. The words for
// electrocardiographs are one, too.
func SameModality(a, b string) bool { return FoldModality(a) == FoldModality(b) }

// FoldModality answers the modality that stands for all that SameModality treats as one.
func FoldModality(m string) string {
	switch m = strings.ToUpper(strings.TrimSpace(m)); m {
	case "CR", "DX", "DR", "RG":
		return "DX"
	case "ECG", "EPS", "HD":
		return "ECG"
	default:
		return m
	}
}
