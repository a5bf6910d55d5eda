package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"yilian"
	"yilian/imaging"
)

const rejectedColumns = "uid, study, series, correction, code, sha256, addition, at"

func scanRejected(r *sql.Rows) (v imaging.Rejected, err error) {
	var packed []byte
	var at int64
	if err := r.Scan(&v.Instance, &v.Home.Study, &v.Home.Series, &v.Correction, &v.Code, &v.SHA256, &packed, &at); err != nil {
		return v, err
	}
	v.At = moment(at)
	raw, err := unpack(packed)
	if err != nil || len(raw) == 0 {
		return v, err
	}
	v.Addition = &imaging.Addition{}
	if err := json.Unmarshal(raw, v.Addition); err != nil {
		return v, fmt.Errorf("a rejected instance: %w", err)
	}
	return v, nil
}

// rejected answers the rejection of an instance of an institution.
func (t *txn) rejected(uid yilian.InstanceUID, owner yilian.InstitutionID) (imaging.Rejected, error) {
	return one(t, scanRejected, "SELECT "+rejectedColumns+" FROM imaging_rejected WHERE uid = $1 AND institution = $2", uid, owner)
}

// reject takes instances out of the index and keeps all that is needed to bring them back. note is the document that says so, when it
// is ours; it is recorded first.
func (t *txn) reject(c imaging.Correction, note *imaging.Addition) (imaging.Correction, error) {
	if note != nil {
		outcome, err := t.addInstance(*note, false)
		if err != nil {
			return c, err
		}
		if outcome.Status != imaging.Added && outcome.Status != imaging.Duplicate {
			return c, yilian.Errorf(yilian.Conflict, imaging.CodeConflict, "The rejection note cannot be recorded.")
		}
		c.Reject.Note = note.Instance.UID
	}
	studies := map[yilian.StudyUID]bool{}
	for _, ref := range c.Reject.Instances {
		study, err := t.setAside(c, ref)
		if err != nil {
			return c, err
		}
		if study != "" {
			studies[study] = true
		}
	}
	if c.Reject.Hides() {
		ref := imaging.Reference{Study: c.Reject.NoteHome, Instance: c.Reject.Note}
		if _, err := t.setAside(c, ref); err != nil {
			return c, err
		}
		studies[c.Reject.NoteHome] = true
	}
	for uid := range studies {
		c.Studies = appendNew(c.Studies, uid)
	}
	return c, t.restateAll(c)
}

func appendNew[T comparable](all []T, v T) []T {
	for _, one := range all {
		if one == v {
			return all
		}
	}
	return append(all, v)
}

// setAside rejects one instance and answers the study that it was in; "" if there is none. What a note names before it comes is remembered.
func (t *txn) setAside(c imaging.Correction, ref imaging.Reference) (yilian.StudyUID, error) {
	i, err := present(t.storedInstance(ref.Instance))
	if err != nil {
		return "", err
	}
	if i == nil {
		return "", t.expectNot(c, ref)
	}
	study, err := t.imagingStudy(i.Study)
	if err != nil {
		return "", err
	}
	if study.Institution != c.Institution {
		return "", nil // nobody rejects another's images
	}
	series, err := t.imagingSeries(i.Study, i.Series)
	if err != nil {
		return "", err
	}
	raw, err := doc(imaging.Addition{Study: study, Series: series, Instance: *i, At: i.Arrival})
	if err != nil {
		return "", err
	}
	packed, err := pack(raw)
	if err != nil {
		return "", err
	}
	home := i.Whence()
	_, err = t.exec(`INSERT INTO imaging_rejected (uid, institution, study, series, correction, code, sha256, blob, addition, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (uid, institution) DO UPDATE
		SET study = excluded.study, series = excluded.series, correction = excluded.correction, code = excluded.code, sha256 = excluded.sha256,
		blob = excluded.blob, addition = excluded.addition, at = excluded.at`,
		i.UID, c.Institution, home.Study, home.Series, c.ID, c.Reject.Code, i.SHA256, i.Blob, packed, nanos(c.Since()))
	if err != nil {
		return "", fmt.Errorf("reject an instance: %w", err)
	}
	return i.Study, t.removeInstance(*i)
}

// expectNot remembers that an instance, which is not here, is not to be taken when it comes (IHE RAD TF-3 4.66.4.2.3.1).
func (t *txn) expectNot(c imaging.Correction, ref imaging.Reference) error {
	if !c.Reject.Hides() || c.Reject.Code == imaging.RejectedRetention || ref.Instance == c.Reject.Note {
		return nil
	}
	_, err := t.exec(`INSERT INTO imaging_rejected (uid, institution, study, series, correction, code, sha256, blob, addition, at)
		VALUES ($1, $2, $3, $4, $5, $6, '', '', $7, $8) ON CONFLICT (uid, institution) DO NOTHING`,
		ref.Instance, c.Institution, ref.Study, ref.Series, c.ID, c.Reject.Code, []byte{}, nanos(c.Since()))
	if err != nil {
		return fmt.Errorf("note a rejection: %w", err)
	}
	return nil
}

// unreject brings the instances of a rejection back; the note that said so leaves the listings.
func (t *txn) unreject(c imaging.Correction) error {
	rows, err := collect(t, scanRejected, "SELECT "+rejectedColumns+" FROM imaging_rejected WHERE correction = $1 ORDER BY uid", c.ID)
	if err != nil {
		return fmt.Errorf("what was rejected: %w", err)
	}
	for _, r := range rows {
		if r.Instance == c.Reject.Note {
			continue // what it says no longer holds
		}
		if _, err := t.exec("DELETE FROM imaging_rejected WHERE uid = $1 AND institution = $2", r.Instance, c.Institution); err != nil {
			return fmt.Errorf("end a rejection: %w", err)
		}
		if r.Addition == nil {
			continue
		}
		if err := t.bringBack(*r.Addition); err != nil {
			return err
		}
	}
	if !c.Reject.Hides() {
		if _, err := t.setAside(c, imaging.Reference{Study: c.Reject.NoteHome, Instance: c.Reject.Note}); err != nil {
			return err
		}
	}
	return t.restateAll(c)
}

// bringBack puts an instance into the index again as it was.
func (t *txn) bringBack(a imaging.Addition) error {
	if _, err := t.storedInstance(a.Instance.UID); yilian.KindOf(err) != yilian.NotFound {
		return err // sent again meanwhile
	}
	if err := t.ensureRows(a.Study, a.Series); err != nil {
		return err
	}
	return t.insertInstance(a.Instance)
}

// noteArrived carries out a rejection note that was sent to us. Its sender is a system that its institution lets send images, so no
// second person is asked; undoing it takes two.
func (t *txn) noteArrived(a imaging.Addition) error {
	c, err := imaging.ReceivedNote(a)
	if err != nil {
		return err
	}
	err = t.impose(c, nil)
	if yilian.KindOf(err) == yilian.Conflict {
		return nil // it is on hold: the note is kept as a document and changes nothing
	}
	return err
}

// heldAny tells whether something that a rejection names is on hold.
func (t *txn) heldAny(c imaging.Correction) (bool, error) {
	for _, uid := range c.Studies {
		if n, err := t.holds(uid); err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

func (t *txn) holds(study yilian.StudyUID) (n int64, err error) {
	if err := t.queryRow("SELECT count(*) FROM imaging_hold WHERE study = $1 AND released = 0", study).Scan(&n); err != nil {
		return 0, fmt.Errorf("look for a hold: %w", err)
	}
	return n, nil
}

func (x imagingIndex) RejectedOf(ctx context.Context, study yilian.StudyUID, after yilian.InstanceUID, limit int) (page []imaging.Rejected, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanRejected, "SELECT "+rejectedColumns+` FROM imaging_rejected WHERE study = $1 AND uid > $2 AND blob <> ''
			ORDER BY uid LIMIT $3`, study, after, pageSize(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list rejected instances: %w", err)
	}
	return page, nil
}

func (x imagingIndex) RejectedInstance(ctx context.Context, uid yilian.InstanceUID) (r imaging.Rejected, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		r, err = one(t, scanRejected, "SELECT "+rejectedColumns+" FROM imaging_rejected WHERE uid = $1 AND blob <> '' ORDER BY institution LIMIT 1", uid)
		return err
	})
	return r, err
}

// revived ends the rejection of an instance whose retention had ended and which is sent again (IHE RAD TF-3 4.66.4.4.3).
func (t *txn) revived(r imaging.Rejected, a imaging.Addition) error {
	if _, err := t.exec("DELETE FROM imaging_rejected WHERE uid = $1 AND institution = $2", r.Instance, a.Study.Institution); err != nil {
		return fmt.Errorf("end a rejection: %w", err)
	}
	return t.appendEvent(yilian.Event{
		Chain: string(a.Study.Institution), Entity: "correction", EntityID: r.Correction, Action: "correction.revived", Actor: a.Actor, At: a.At,
	}, nil)
}
