package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"yilian"
	"yilian/imaging"
)

func (x imagingIndex) Hold(ctx context.Context, h imaging.Hold) error {
	return x.db.update(ctx, func(t *txn) error {
		raw, err := doc(h)
		if err == nil {
			_, err = t.exec(`INSERT INTO imaging_hold (id, study, institution, doc) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
				h.ID, h.Study, h.Institution, raw)
		}
		if err != nil {
			return fmt.Errorf("set a hold: %w", err)
		}
		return t.appendEvent(holdEvent(h, "study.held", h.By, h.At, h.Reason), nil)
	})
}

func holdEvent(h imaging.Hold, action string, by yilian.Actor, at time.Time, reason string) yilian.Event {
	return yilian.Event{Chain: string(h.Institution), Entity: "study", EntityID: string(h.Study), Action: action, Actor: by, At: at, Reason: reason}
}

func scanHold(r *sql.Rows) (h imaging.Hold, err error) {
	var raw []byte
	if err := r.Scan(&raw); err != nil {
		return h, err
	}
	return h, json.Unmarshal(raw, &h)
}

func (x imagingIndex) HoldByID(ctx context.Context, id string) (h imaging.Hold, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		h, err = one(t, scanHold, "SELECT doc FROM imaging_hold WHERE id = $1", id)
		return err
	})
	return h, err
}

func (x imagingIndex) Release(ctx context.Context, id string, by yilian.Actor, at time.Time, reason string) (h imaging.Hold, err error) {
	err = x.db.update(ctx, func(t *txn) error {
		if h, err = one(t, scanHold, "SELECT doc FROM imaging_hold WHERE id = $1", id); err != nil {
			return err
		}
		if !h.Released.IsZero() {
			return yilian.Errorf(yilian.Conflict, imaging.CodeCorrectionState, "This hold was released before.")
		}
		h.Released, h.ReleasedBy, h.ReleaseReason = at, by, reason
		raw, err := doc(h)
		if err == nil {
			_, err = t.exec("UPDATE imaging_hold SET released = $2, doc = $3 WHERE id = $1", id, nanos(at), raw)
		}
		if err != nil {
			return fmt.Errorf("release a hold: %w", err)
		}
		return t.appendEvent(holdEvent(h, "study.released", by, at, reason), nil)
	})
	return h, err
}

func (x imagingIndex) HoldsOf(ctx context.Context, scope imaging.Scope, study yilian.StudyUID, lasting bool, after string, limit int) (page []imaging.Hold, next string, err error) {
	limit = pageSize(limit)
	s := &search{}
	s.add("h.id <> ''")
	if after != "" {
		s.add("h.id < " + s.arg(after))
	}
	if study != "" {
		s.add("h.study = " + s.arg(study))
	}
	if lasting {
		s.add("h.released = 0")
	}
	if !scope.All {
		if len(scope.Institutions) == 0 {
			return nil, "", nil
		}
		s.add("h.institution" + s.in(texts(scope.Institutions)))
	}
	query := "SELECT h.doc FROM imaging_hold h" + whereSQL(s.where) + " ORDER BY h.id DESC LIMIT " + s.arg(limit+1)
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanHold, query, s.args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list holds: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].ID
	}
	return page, next, nil
}

func (x imagingIndex) Bytes(ctx context.Context) (n int64, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		return t.queryRow("SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM imaging_study").Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("add up the bytes of studies: %w", err)
	}
	return n, nil
}

func (x imagingIndex) Quiet(ctx context.Context, before time.Time, after yilian.StudyUID, limit int) (page []imaging.Study, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanStudy, "SELECT "+studyColumns+` FROM imaging_study st WHERE st.uid > $1 AND st.last_arrival < $2
			AND NOT EXISTS (SELECT 1 FROM imaging_hold h WHERE h.study = st.uid AND h.released = 0) ORDER BY st.uid LIMIT $3`, after, nanos(before), pageSize(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list old studies: %w", err)
	}
	return page, nil
}

func (x imagingIndex) Impose(ctx context.Context, c imaging.Correction, note *imaging.Addition) error {
	return x.db.update(ctx, func(t *txn) error { return t.impose(c, note) })
}

// impose records and carries out a rejection that a rule or another system says.
func (t *txn) impose(c imaging.Correction, note *imaging.Addition) error {
	if known, err := present(t.correction(c.ID)); err != nil || known != nil {
		return err
	}
	held, err := t.heldAny(c)
	if err != nil {
		return err
	}
	if held && c.Reject.Code == imaging.RejectedRetention {
		return yilian.Errorf(yilian.Conflict, imaging.CodeCorrectionHeld, "A legal hold forbids it.")
	}
	if err := t.insertCorrection(c); err != nil {
		return err
	}
	if c, err = t.reject(c, note); err != nil {
		return err
	}
	if err := t.notifyViewers(c, imaging.TakesEffect); err != nil {
		return err
	}
	if err := t.saveCorrection(c); err != nil {
		return err
	}
	return t.tellCorrection(c, imaging.CorrectionNone)
}

func (x imagingIndex) Ended(ctx context.Context, before time.Time, after yilian.InstanceUID, limit int) (page []imaging.Rejected, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanRejected, "SELECT "+rejectedColumns+` FROM imaging_rejected r WHERE r.code = $1 AND r.at < $2 AND r.uid > $3 AND r.blob <> ''
			AND NOT EXISTS (SELECT 1 FROM imaging_hold h WHERE h.study = r.study AND h.released = 0) ORDER BY r.uid LIMIT $4`,
			imaging.RejectedRetention, nanos(before), after, pageSize(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what has expired: %w", err)
	}
	return page, nil
}

func (x imagingIndex) Purge(ctx context.Context, all []imaging.Rejected, at time.Time) (unused []string, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	err = x.db.update(ctx, func(t *txn) error {
		unused = nil
		var gone []imaging.Rejected
		for _, r := range all {
			if n, err := t.holds(r.Home.Study); err != nil || n > 0 {
				if err != nil {
					return err
				}
				continue
			}
			n, err := t.exec("DELETE FROM imaging_rejected WHERE uid = $1 AND institution = $2 AND code = $3 AND blob = $4",
				r.Instance, r.Addition.Study.Institution, imaging.RejectedRetention, r.Addition.Instance.Blob)
			if err != nil {
				return fmt.Errorf("forget an instance: %w", err)
			}
			if n > 0 {
				gone = append(gone, r)
				unused = append(unused, r.Addition.Instance.Blob)
			}
		}
		for _, e := range imaging.PurgeEvents(gone, at) {
			if err := t.appendEvent(e, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return unused, err
}
