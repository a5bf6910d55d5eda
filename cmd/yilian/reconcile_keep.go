package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"yilian"
	"yilian/consult/api"
	"yilian/imaging"
)

// keeping answers the retention class of a study from the settings of the institution that made it.
type keeping struct{ *service }

func (k keeping) Keep(ctx context.Context, s imaging.Study) (imaging.Retention, error) {
	set, err := k.directory.Settings(ctx, s.Institution)
	if err != nil {
		return imaging.Retention{}, err
	}
	class := imaging.Retention{Grace: set.Retention.Grace.D()}
	// A study of several modalities is kept as long as the one that is kept longest; 0 is for ever.
	for i, m := range append([]string{""}, s.Modalities...) {
		years, ok := set.Retention.Years[m]
		if !ok {
			continue
		}
		if i == 0 || years == 0 || class.Years != 0 && years > class.Years {
			class.Years = years
		}
	}
	class.Class = strconv.Itoa(class.Years) + " years"
	return class, nil
}

// expireEvery is how often is looked for what has been kept long enough.
const expireEvery = 24 * time.Hour

// expire lets studies go whose retention has ended. It runs on every node: what one has done, another finds done.
func (s *service) expire(ctx context.Context) error {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		studies, instances, err := s.archive.Expire(ctx, keeping{s})
		if err != nil && ctx.Err() == nil {
			s.log.Warn("expiry", "err", err)
		}
		if studies+instances > 0 {
			s.log.Info("retention ended", "studies", studies, "deleted", instances)
		}
	}
}

// mark is an amount of free space on the command line: "10%", "50G".
type mark struct{ imaging.Mark }

// UnmarshalText reads a number of bytes (K, M, G, T are powers of 1024) or a part of the whole.
func (m *mark) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if part, ok := strings.CutSuffix(s, "%"); ok {
		p, err := strconv.ParseFloat(part, 64)
		if err != nil || p < 0 || p > 90 {
			return fmt.Errorf("%q is no part of a disk such as 5%%", s)
		}
		m.Mark = imaging.Percent(p)
		return nil
	}
	n, err := parseBytes(s)
	m.Mark = imaging.Mark{Bytes: n}
	return err
}

// amount is a number of bytes on the command line.
type amount int64

// UnmarshalText reads a number of bytes; K, M, G, T are powers of 1024.
func (a *amount) UnmarshalText(text []byte) error {
	n, err := parseBytes(string(text))
	*a = amount(n)
	return err
}

func parseBytes(s string) (int64, error) {
	digits, shift := strings.TrimSpace(s), 0
	if i := strings.IndexAny(digits, "KMGT"); i > 0 && strings.Contains("|B|iB|", "|"+digits[i+1:]+"|") || i > 0 && i == len(digits)-1 {
		shift = 10 * (1 + strings.IndexByte("KMGT", digits[i]))
		digits = digits[:i]
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > 1<<62>>shift {
		return 0, fmt.Errorf("%q is no number of bytes such as 500G", s)
	}
	return n << shift, nil
}

// watchSpace makes the gauge of the place where images are.
func (s *service) watchSpace() *imaging.Gauge {
	marks := imaging.Marks{Low: s.settings.SpaceLow.Mark, Critical: s.settings.SpaceCritical.Mark}
	var space imaging.Space = diskSpace(s.settings.objects())
	if s.settings.Objects != "" {
		marks.Every = time.Minute
		space = quota{s, int64(s.settings.ObjectsQuota)}
	}
	return imaging.NewGauge(space, marks, nil, s.log)
}

// diskSpace is the file system under a folder.
type diskSpace string

// Space implements imaging.Space: what an ordinary user may still write.
func (d diskSpace) Space(context.Context) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(string(d), &st); err != nil {
		return 0, 0, fmt.Errorf("space of %s: %w", string(d), err)
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}

// quota is what may be kept in a bucket, which does not tell how much it can take.
type quota struct {
	*service
	total int64
}

// Space implements imaging.Space.
func (q quota) Space(ctx context.Context) (free, total int64, err error) {
	if q.total <= 0 {
		return 0, 0, nil
	}
	used, err := q.db.Imaging().Bytes(ctx)
	return max(q.total-used, 0), q.total, err
}

func (t truth) Space(ctx context.Context) api.SpaceAnswer {
	s := t.space.State(ctx)
	v := api.SpaceAnswer{Level: s.Level.String(), Free: s.Free, Total: s.Total, At: s.At}
	if s.Total == 0 {
		v.Level = "unknown"
	}
	return v
}

func (t truth) Hold(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, reason string) (api.Hold, error) {
	h, err := t.archive.SetHold(ctx, actor, study, reason)
	return holdOf(h), err
}

func (t truth) Release(ctx context.Context, actor yilian.Actor, id, reason string) (api.Hold, error) {
	h, err := t.archive.ReleaseHold(ctx, actor, id, reason)
	return holdOf(h), err
}

func (t truth) Holds(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, lasting bool, after string, limit int) ([]api.Hold, string, error) {
	page, next, err := t.archive.Holds(ctx, actor, study, lasting, after, limit)
	list := make([]api.Hold, len(page))
	for i, h := range page {
		list[i] = holdOf(h)
	}
	return list, next, err
}

func holdOf(h imaging.Hold) api.Hold {
	return api.Hold{
		ID: h.ID, Study: h.Study, Institution: h.Institution, Reason: h.Reason, By: h.By.Name, At: h.At, Released: moment(h.Released),
		ReleasedBy: h.ReleasedBy.Name, ReleaseReason: h.ReleaseReason,
	}
}

// detail tells how much room the images have: a full store still reads, so it is no reason to send callers elsewhere.
func (s *service) detail(ctx context.Context) map[string]string {
	state := s.space.State(ctx)
	if state.Total == 0 {
		return nil
	}
	return map[string]string{"space": fmt.Sprintf("%s, %d of %d bytes free", state.Level, state.Free, state.Total)}
}
