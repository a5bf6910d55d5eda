-- A series counts the changes of what is in it, so that what was made from it (its metadata as one object) can be told from what is
-- out of date. And the lists of studies hold what a page is found by, so that a page far behind reads no row before it.

-- +goose Up

ALTER TABLE imaging_series ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;

DROP INDEX imaging_study_sort;
CREATE INDEX imaging_study_sort ON imaging_study (sort, uid, patient_name);
DROP INDEX imaging_study_institution;
CREATE INDEX imaging_study_institution ON imaging_study (institution, sort, uid, patient_name);
DROP INDEX imaging_study_name;
CREATE INDEX imaging_study_name ON imaging_study (patient_name, sort, uid, institution) WHERE patient_name <> '';

CREATE INDEX imaging_name_whole ON imaging_name (part, name) WHERE starts = 1;
