package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
)

func (x imagingIndex) AllStudies(ctx context.Context, after yilian.StudyUID, limit int) (page []yilian.StudyUID, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, scanText[yilian.StudyUID], `SELECT uid FROM (SELECT uid FROM (SELECT uid FROM imaging_study WHERE uid > $1 ORDER BY uid LIMIT $2) a
			UNION SELECT study FROM (SELECT DISTINCT study FROM imaging_series WHERE study > $1 ORDER BY study LIMIT $2) b
			UNION SELECT study FROM (SELECT DISTINCT study FROM imaging_instance WHERE study > $1 ORDER BY study LIMIT $2) c) u ORDER BY uid LIMIT $2`,
			after, pageSize(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list studies: %w", err)
	}
	return page, nil
}

func (x imagingIndex) CheckStudy(ctx context.Context, uid yilian.StudyUID) (faults []string, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		faults, err = t.checkStudy(uid)
		return err
	})
	return faults, err
}

// checkStudy holds the aggregates of a study against its instances.
func (t *txn) checkStudy(uid yilian.StudyUID) (faults []string, err error) {
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	instances, err := collect(t, scanBare, "SELECT i.doc FROM imaging_instance i WHERE i.study = $1", uid)
	if err != nil {
		return nil, err
	}
	series, err := t.seriesOf(uid)
	if err != nil {
		return nil, err
	}
	study, err := present(t.imagingStudy(uid))
	if err != nil {
		return nil, err
	}
	if study == nil {
		if len(instances)+len(series) > 0 {
			wrong("the row of the study is missing")
		}
		return faults, nil
	}
	var bytes int64
	counted := map[yilian.SeriesUID]int{}
	sizes := map[yilian.SeriesUID]int64{}
	for _, i := range instances {
		counted[i.Series]++
		sizes[i.Series] += i.Size
		bytes += i.Size
	}
	var modalities []string
	for _, s := range series {
		if s.InstanceCount != counted[s.UID] || s.Bytes != sizes[s.UID] {
			wrong("series %s has %d instances of %d bytes, its row says %d of %d", s.UID, counted[s.UID], sizes[s.UID], s.InstanceCount, s.Bytes)
		}
		delete(counted, s.UID)
		if s.Modality != "" && !slices.Contains(modalities, s.Modality) {
			modalities = append(modalities, s.Modality)
		}
	}
	for s := range counted {
		wrong("the row of series %s is missing", s)
	}
	slices.Sort(modalities)
	if study.SeriesCount != len(series) || study.InstanceCount != len(instances) || study.Bytes != bytes {
		wrong("it has %d series, %d instances, %d bytes, its row says %d, %d, %d", len(series), len(instances), bytes, study.SeriesCount, study.InstanceCount, study.Bytes)
	}
	if joinList(modalities) != joinList(study.Modalities) {
		wrong("its modalities are %s, its row says %s", strings.Join(modalities, ","), strings.Join(study.Modalities, ","))
	}
	return faults, nil
}

func (x imagingIndex) Recount(ctx context.Context, uid yilian.StudyUID, at time.Time) error {
	return x.db.update(ctx, func(t *txn) error {
		study, err := t.imagingStudy(uid)
		if err != nil {
			return err
		}
		if err := t.recount(uid); err != nil {
			return err
		}
		if err := t.revise(uid, ""); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE imaging_study SET version = version + 1 WHERE uid = $1", uid); err != nil {
			return fmt.Errorf("count a study: %w", err)
		}
		return t.appendEvent(yilian.Event{
			Chain: string(study.Institution), Entity: "study", EntityID: string(uid), Version: study.Version + 1, Action: "study.recounted", Actor: yilian.System, At: at,
		}, &flow.Message{Topic: studyTopic, Audience: ownersOf(study)})
	})
}

func (x imagingIndex) AllInstances(ctx context.Context, after yilian.InstanceUID, limit int) (page []imaging.Instance, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		page, err = collect(t, func(r *sql.Rows) (i imaging.Instance, err error) {
			var raw, layout []byte
			if err := r.Scan(&raw, &layout); err != nil {
				return i, err
			}
			if err := json.Unmarshal(raw, &i); err != nil {
				return i, fmt.Errorf("an instance's document: %w", err)
			}
			i.Layout, err = unpack(layout)
			return i, err
		}, "SELECT i.doc, i.layout FROM imaging_instance i WHERE i.uid > $1 ORDER BY i.uid LIMIT $2", after, pageSize(limit))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list instances: %w", err)
	}
	return page, nil
}

// Aside lists the conflicts first, then what was rejected: the cursors begin with "c" and "r".
func (x imagingIndex) Aside(ctx context.Context, after string, limit int) (page []imaging.Instance, next string, err error) {
	limit = pageSize(limit)
	err = x.db.view(ctx, func(t *txn) error {
		if kind, id, _ := strings.Cut(after, " "); kind != "r" {
			rows, err := collect(t, scanKept, "SELECT "+keptColumns+" FROM imaging_conflict WHERE id > $1 ORDER BY id LIMIT $2", id, limit)
			for _, k := range rows {
				page, next = append(page, k.addition.Instance), "c "+k.id
			}
			if len(rows) < limit {
				next = "r "
			}
			return err
		}
		rows, err := collect(t, scanRejected, "SELECT "+rejectedColumns+" FROM imaging_rejected WHERE uid > $1 AND blob <> '' ORDER BY uid LIMIT $2",
			strings.TrimPrefix(after, "r "), limit)
		for _, v := range rows {
			if v.Code != imaging.Damaged {
				page = append(page, v.Addition.Instance)
			}
			next = "r " + string(v.Instance)
		}
		if len(rows) < limit {
			next = ""
		}
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list what is aside: %w", err)
	}
	return page, next, nil
}

func (x imagingIndex) Relayout(ctx context.Context, i imaging.Instance) error {
	metadata, err := pack(i.Metadata)
	if err != nil {
		return err
	}
	layout, err := pack(i.Layout)
	if err != nil {
		return err
	}
	return x.db.update(ctx, func(t *txn) error {
		_, err := t.exec("UPDATE imaging_instance SET metadata = $3, layout = $4 WHERE uid = $1 AND blob = $2", i.UID, i.Blob, metadata, layout)
		if err != nil {
			return fmt.Errorf("replace a header: %w", err)
		}
		return t.revise(i.Study, i.Series)
	})
}

func (x imagingIndex) Quarantine(ctx context.Context, i imaging.Instance, why string, at time.Time) error {
	return x.db.update(ctx, func(t *txn) error {
		now, err := t.storedInstance(i.UID)
		if err != nil {
			return err
		}
		if now.Blob != i.Blob {
			return errNoImage()
		}
		study, err := t.imagingStudy(now.Study)
		if err != nil {
			return err
		}
		c := imaging.Correction{
			ID: "fsck", Institution: study.Institution, Reject: &imaging.Reject{Code: imaging.Damaged},
			Steps: []imaging.CorrectionStep{{Action: imaging.Approve, At: at}},
		}
		if _, err := t.setAside(c, imaging.Reference{Study: now.Study, Series: now.Series, Instance: now.UID}); err != nil {
			return err
		}
		if err := t.recount(now.Study); err != nil {
			return err
		}
		return t.appendEvent(imaging.QuarantineEvent(now, study.Institution, study.Version+1, why, at), &flow.Message{Topic: studyTopic, Audience: ownersOf(study)})
	})
}

func (x imagingIndex) Rebind(ctx context.Context, i imaging.Instance, blob string) error {
	return x.db.update(ctx, func(t *txn) error {
		now, err := present(t.storedInstance(i.UID))
		if err != nil {
			return err
		}
		if now != nil && now.Blob == i.Blob {
			now.Blob = blob
			now.Metadata, now.Layout = nil, nil
			raw, err := doc(*now)
			if err == nil {
				_, err = t.exec("UPDATE imaging_instance SET blob = $2, doc = $3 WHERE uid = $1", i.UID, blob, raw)
			}
			return err
		}
		for _, table := range []string{"imaging_rejected", "imaging_conflict"} {
			if err := t.rebindAside(table, i.Blob, blob); err != nil {
				return err
			}
		}
		return nil
	})
}

// rebindAside changes the blob of an addition that is kept in a table.
func (t *txn) rebindAside(table, from, to string) error {
	all, err := collect(t, func(r *sql.Rows) (packed []byte, err error) { return packed, r.Scan(&packed) },
		"SELECT addition FROM "+table+" WHERE blob = $1", from)
	if err != nil || len(all) == 0 {
		return err
	}
	raw, err := unpack(all[0])
	if err != nil {
		return err
	}
	var a imaging.Addition
	if err := json.Unmarshal(raw, &a); err != nil {
		return fmt.Errorf("an addition that is aside: %w", err)
	}
	a.Instance.Blob = to
	if raw, err = doc(a); err != nil {
		return err
	}
	packed, err := pack(raw)
	if err == nil {
		_, err = t.exec("UPDATE "+table+" SET blob = $2, addition = $3 WHERE blob = $1", from, to, packed)
	}
	return err
}
