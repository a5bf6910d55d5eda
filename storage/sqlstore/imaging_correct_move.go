package sqlstore

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"yilian"
	"yilian/imaging"
)

// displaced is what is kept of a move: the rows as they were, and what is put over the headers.
type displaced struct {
	Study   imaging.Study
	Series  imaging.Series
	Overlay json.RawMessage
}

// movedRow is a row of imaging_moved.
type movedRow struct {
	study, toStudy   yilian.StudyUID
	series, toSeries yilian.SeriesUID
	instance         yilian.InstanceUID
	displaced
}

const movedColumns = "study, series, instance, to_study, to_series, doc"

func scanMoved(r *sql.Rows) (m movedRow, err error) {
	var packed []byte
	if err := r.Scan(&m.study, &m.series, &m.instance, &m.toStudy, &m.toSeries, &packed); err != nil {
		return m, err
	}
	raw, err := unpack(packed)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(raw, &m.displaced)
}

// move takes series and instances into another study.
func (t *txn) move(c imaging.Correction) error {
	from, err := t.imagingStudy(c.Move.From[0].Study)
	if err != nil {
		return err
	}
	to, err := present(t.imagingStudy(c.Move.To))
	if err != nil {
		return err
	}
	if to == nil {
		made, err := c.Move.NewStudy(from, c.Since())
		if err != nil {
			return err
		}
		if err := t.insertStudy(made); err != nil {
			return fmt.Errorf("make a study: %w", err)
		}
		to = &made
	}
	for _, p := range c.Move.From {
		if err := t.moveOut(c, p, *to); err != nil {
			return err
		}
	}
	return t.restateAll(c)
}

// restateAll counts and restates every study of a correction.
func (t *txn) restateAll(c imaging.Correction) error {
	for _, uid := range c.Studies {
		if err := t.recount(uid); err != nil {
			return err
		}
		if err := t.restate(uid); err != nil {
			return err
		}
	}
	return nil
}

// moveOut moves one series or instance.
func (t *txn) moveOut(c imaging.Correction, p imaging.Path, to imaging.Study) error {
	study, err := t.imagingStudy(p.Study)
	if err != nil {
		return err
	}
	if study.Institution != to.Institution {
		return yilian.Errorf(yilian.Conflict, imaging.CodeCorrectionOwner, "The studies belong to different institutions.")
	}
	series, err := t.imagingSeries(p.Study, p.Series)
	if err != nil {
		return err
	}
	uid := imaging.MovedSeries(c.ID, p.Study, p.Series)
	moved, over, err := imaging.MovedInto(to, study, series, uid)
	if err != nil {
		return err
	}
	if there, err := present(t.imagingSeries(to.UID, uid)); err != nil {
		return err
	} else if there == nil {
		moved.Revision = c.Since().UnixMicro()
		if err := t.insertSeries(to, moved); err != nil {
			return fmt.Errorf("make a series: %w", err)
		}
	}
	raw, err := doc(displaced{study, series, over})
	if err != nil {
		return err
	}
	packed, err := pack(raw)
	if err == nil {
		_, err = t.exec("INSERT INTO imaging_moved (correction, "+movedColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7)",
			c.ID, p.Study, p.Series, p.Instance, to.UID, uid, packed)
	}
	if err != nil {
		return fmt.Errorf("note a move: %w", err)
	}
	where, args := "i.study = $1 AND i.series = $2", []any{p.Study, p.Series}
	if p.Instance != "" {
		where, args = where+" AND i.uid = $3", append(args, p.Instance)
	}
	return t.rehome(imaging.Home{Study: to.UID, Series: uid}, where, args...)
}

// rehome gives instances another study and series, and notes where their headers put them.
func (t *txn) rehome(to imaging.Home, where string, args ...any) error {
	all, err := collect(t, scanBare, "SELECT i.doc FROM imaging_instance i WHERE "+where, args...)
	if err != nil {
		return fmt.Errorf("instances to be moved: %w", err)
	}
	if len(all) == 0 {
		return errNoImage()
	}
	for _, i := range all {
		i = i.MovedTo(to)
		raw, err := doc(i)
		if err == nil {
			_, err = t.exec("UPDATE imaging_instance SET study = $2, series = $3, doc = $4 WHERE uid = $1", i.UID, i.Study, i.Series, raw)
		}
		if err != nil {
			return fmt.Errorf("move an instance: %w", err)
		}
	}
	return nil
}

// moveBack undoes a move, with what has come since into series that were moved whole.
func (t *txn) moveBack(c imaging.Correction) error {
	if err := t.untouchedSince(c, c.Move.To); err != nil {
		return err
	}
	rows, err := collect(t, scanMoved, "SELECT "+movedColumns+" FROM imaging_moved WHERE correction = $1 ORDER BY study, series, instance", c.ID)
	if err != nil {
		return fmt.Errorf("what was moved: %w", err)
	}
	if _, err := t.exec("DELETE FROM imaging_moved WHERE correction = $1", c.ID); err != nil {
		return fmt.Errorf("end a move: %w", err)
	}
	for _, m := range rows {
		if err := t.ensureRows(m.displaced.Study, m.displaced.Series); err != nil {
			return err
		}
		where, args := "i.study = $1 AND i.series = $2", []any{m.toStudy, m.toSeries}
		if m.instance != "" {
			where, args = where+" AND i.uid = $3", append(args, m.instance)
		}
		err := t.rehome(imaging.Home{Study: m.study, Series: m.series}, where, args...)
		if err != nil && yilian.KindOf(err) != yilian.NotFound { // rejected meanwhile, or moved on
			return err
		}
		if err := t.amendment(m.toStudy, m.toSeries, nil); err != nil {
			return err
		}
	}
	return t.restateAll(c)
}

// ensureRows makes the rows of a study and series that have gone with their last instance.
func (t *txn) ensureRows(study imaging.Study, series imaging.Series) error {
	there, err := present(t.imagingStudy(study.UID))
	if err != nil {
		return err
	}
	if there == nil {
		study.SeriesCount, study.InstanceCount, study.Bytes, study.Modalities = 0, 0, 0, nil
		if err := t.insertStudy(study); err != nil {
			return fmt.Errorf("bring a study back: %w", err)
		}
	}
	if _, err := t.imagingSeries(study.UID, series.UID); yilian.KindOf(err) != yilian.NotFound {
		return err
	}
	series.InstanceCount, series.Bytes = 0, 0
	series.Revision++
	if err := t.insertSeries(study, series); err != nil {
		return fmt.Errorf("bring a series back: %w", err)
	}
	return nil
}

// movedInto answers what is put over the headers of a series that was moved here, or nothing.
func (t *txn) movedInto(study yilian.StudyUID, series yilian.SeriesUID) (json.RawMessage, error) {
	rows, err := collect(t, scanMoved, "SELECT "+movedColumns+" FROM imaging_moved WHERE to_study = $1 AND to_series = $2 LIMIT 1", study, series)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].Overlay, nil
}

// redirect lets an instance of a series that was moved whole follow it.
func (t *txn) redirect(a imaging.Addition) (imaging.Addition, error) {
	var study yilian.StudyUID
	var series yilian.SeriesUID
	err := t.queryRow("SELECT to_study, to_series FROM imaging_moved WHERE study = $1 AND series = $2 AND instance = '' LIMIT 1", a.Study.UID, a.Series.UID).
		Scan(&study, &series)
	if errors.Is(err, sql.ErrNoRows) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("look for a move: %w", err)
	}
	to, err := present(t.imagingStudy(study))
	if err != nil || to == nil || to.Institution != a.Study.Institution {
		return a, err
	}
	a.Instance = a.Instance.MovedTo(imaging.Home{Study: study, Series: series})
	a.Series.Study, a.Series.UID = study, series
	a.Study = to.Uncorrected()
	return a, nil
}
