package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
)

// correctionTopic is that of the messages about corrections; noticeTopic, of those to the people who saw what was wrong.
const (
	correctionTopic = "correction"
	noticeTopic     = "notice"
)

func (x imagingIndex) Suggest(ctx context.Context, c imaging.Correction) error {
	return x.db.update(ctx, func(t *txn) error {
		if known, err := present(t.correction(c.ID)); err != nil || known != nil {
			return err // told again: the first outcome was unknown
		}
		if err := t.insertCorrection(c); err != nil {
			return err
		}
		return t.tellCorrection(c, imaging.CorrectionNone)
	})
}

func (t *txn) insertCorrection(c imaging.Correction) error {
	raw, err := doc(c)
	if err == nil {
		_, err = t.exec("INSERT INTO imaging_correction (id, institution, kind, state, version, doc) VALUES ($1, $2, $3, $4, $5, $6)",
			c.ID, c.Institution, c.Kind, c.State, c.Version, raw)
	}
	if err != nil {
		return fmt.Errorf("write down a correction: %w", err)
	}
	return t.touches(c)
}

// touches notes the studies of a correction.
func (t *txn) touches(c imaging.Correction) error {
	for _, uid := range c.Studies {
		_, err := t.exec("INSERT INTO imaging_correction_study (study, correction) VALUES ($1, $2) ON CONFLICT (study, correction) DO NOTHING", uid, c.ID)
		if err != nil {
			return fmt.Errorf("note the studies of a correction: %w", err)
		}
	}
	return nil
}

func (t *txn) saveCorrection(c imaging.Correction) error {
	raw, err := doc(c)
	if err == nil {
		_, err = t.exec("UPDATE imaging_correction SET state = $2, version = $3, doc = $4 WHERE id = $1", c.ID, c.State, c.Version, raw)
	}
	if err != nil {
		return fmt.Errorf("save a correction: %w", err)
	}
	return t.touches(c)
}

// tellCorrection writes the event of the last step, and who works on corrections hears of it.
func (t *txn) tellCorrection(c imaging.Correction, from imaging.CorrectionState) error {
	audience := []string{"institution:" + string(c.Institution)}
	if c.Kind == imaging.ConflictKind {
		audience = append(audience, administrators()...)
	}
	return t.appendEvent(c.Event(from), &flow.Message{Topic: correctionTopic, Key: c.ID, Audience: audience})
}

func scanCorrection(r *sql.Rows) (c imaging.Correction, err error) {
	var raw []byte
	if err := r.Scan(&raw); err != nil {
		return c, err
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("a correction: %w", err)
	}
	return c, nil
}

func (t *txn) correction(id string) (imaging.Correction, error) {
	return one(t, scanCorrection, "SELECT doc FROM imaging_correction WHERE id = $1", id)
}

func (x imagingIndex) Correction(ctx context.Context, id string) (c imaging.Correction, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		c, err = t.correction(id)
		return err
	})
	return c, err
}

func (x imagingIndex) Corrections(ctx context.Context, scope imaging.Scope, f imaging.CorrectionFilter, after string, limit int) (page []imaging.Correction, next string, err error) {
	limit = pageSize(limit)
	s := &search{}
	if after != "" {
		s.add("c.id < " + s.arg(after))
	}
	if f.Study != "" {
		s.add("c.id IN (SELECT correction FROM imaging_correction_study WHERE study = " + s.arg(f.Study) + ")")
	}
	if len(f.States) > 0 {
		s.add("c.state" + s.in(texts(f.States)))
	}
	if len(f.Kinds) > 0 {
		s.add("c.kind" + s.in(texts(f.Kinds)))
	}
	if !scope.All {
		either := []string{"1 = 0"}
		if len(scope.Institutions) > 0 {
			either = append(either, "c.institution"+s.in(texts(scope.Institutions)))
		}
		if len(scope.Studies) > 0 {
			either = append(either, "c.id IN (SELECT correction FROM imaging_correction_study WHERE study"+s.in(texts(scope.Studies))+")")
		}
		s.add("(" + strings.Join(either, " OR ") + ")")
	}
	query := "SELECT c.doc FROM imaging_correction c" + whereSQL(s.where) + " ORDER BY c.id DESC LIMIT " + s.arg(limit+1)
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanCorrection, query, s.args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list corrections: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].ID
	}
	return page, next, nil
}

func (x imagingIndex) Correct(ctx context.Context, id string, s imaging.CorrectionStep, version int64, note *imaging.Addition) (c imaging.Correction, err error) {
	err = x.db.update(ctx, func(t *txn) error {
		c, err = t.correct(id, s, version, note)
		return err
	})
	return c, err
}

// correct does one step with its whole effect.
func (t *txn) correct(id string, s imaging.CorrectionStep, version int64, note *imaging.Addition) (imaging.Correction, error) {
	old, err := t.correction(id)
	if err != nil {
		return old, err
	}
	c, effect, err := old.Next(s, version)
	if err != nil {
		return old, err
	}
	if effect != imaging.NoEffect {
		// Saved before it is carried out: what is in force is read from here.
		if err := t.saveCorrection(c); err != nil {
			return old, err
		}
		if c, err = t.carryOut(c, effect, note); err != nil {
			return old, err
		}
		if err := t.notifyViewers(c, effect); err != nil {
			return old, err
		}
	}
	if err := t.saveCorrection(c); err != nil {
		return old, err
	}
	return c, t.tellCorrection(c, old.State)
}

func (t *txn) carryOut(c imaging.Correction, effect imaging.Effect, note *imaging.Addition) (imaging.Correction, error) {
	gone := effect == imaging.LosesEffect
	switch c.Kind {
	case imaging.AmendKind:
		return c, t.restate(c.Amend.Study)
	case imaging.MergeKind:
		return t.merge(c, gone)
	case imaging.MoveKind:
		if gone {
			return c, t.moveBack(c)
		}
		return c, t.move(c)
	case imaging.RejectKind:
		if gone {
			return c, t.unreject(c)
		}
		return t.reject(c, note)
	case imaging.ConflictKind:
		return t.settleConflict(c, gone)
	}
	return c, fmt.Errorf("a correction of the unknown kind %q", c.Kind)
}

// inForce answers the corrections of a study that are applied, in the order in which they were approved.
func (t *txn) inForce(study yilian.StudyUID) ([]imaging.Correction, error) {
	all, err := collect(t, scanCorrection, `SELECT c.doc FROM imaging_correction_study cs JOIN imaging_correction c ON c.id = cs.correction
		WHERE cs.study = $1 AND c.state IN ($2, $3) ORDER BY c.id`, study, imaging.CorrectionActive, imaging.CorrectionUndoing)
	if err != nil {
		return nil, fmt.Errorf("corrections of a study: %w", err)
	}
	slices.SortStableFunc(all, func(a, b imaging.Correction) int { return a.Since().Compare(b.Since()) })
	return all, nil
}

// untouchedSince refuses to undo what a later correction of the same studies stands on.
func (t *txn) untouchedSince(c imaging.Correction, studies ...yilian.StudyUID) error {
	for _, uid := range studies {
		all, err := t.inForce(uid)
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.ID != c.ID && other.Since().After(c.Since()) {
				e := yilian.Errorf(yilian.Conflict, imaging.CodeCorrectionLater, "A later correction stands on this one. Undo that first.")
				e.Params = map[string]any{"correction": other.ID}
				return e
			}
		}
	}
	return nil
}

func (x imagingIndex) StudiesOf(ctx context.Context, owner yilian.InstitutionID, p imaging.PatientKey) (all []yilian.StudyUID, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		all, err = t.studiesOf(owner, p)
		return err
	})
	return all, err
}

func (t *txn) studiesOf(owner yilian.InstitutionID, p imaging.PatientKey) (uids []yilian.StudyUID, err error) {
	found, err := collect(t, scanStudy, "SELECT "+studyColumns+` FROM imaging_study st WHERE st.patient_id = $1 AND st.patient_id <> '' AND st.patient_issuer = $2
		AND st.institution = $3 ORDER BY st.uid`, folded(imaging.TextField, p.ID), folded(imaging.TextField, p.Issuer), owner)
	if err != nil {
		return nil, fmt.Errorf("studies of a patient: %w", err)
	}
	for _, s := range found {
		if s.PatientID == p.ID && s.PatientIssuer == p.Issuer {
			uids = append(uids, s.UID)
		}
	}
	return uids, nil
}
