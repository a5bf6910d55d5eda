-- What keeps a page of studies as cheap to find among a million as among a thousand.

-- +goose Up

-- Lists of studies, each in the order of their pages: of a modality ("m:CT") and of those whose patient has a name with a group that
-- begins with a letter ("n:张", "n:z").
CREATE TABLE imaging_list (
    study       KEYTEXT NOT NULL,
    list        KEYTEXT NOT NULL,
    institution KEYTEXT NOT NULL,
    sort        KEYTEXT NOT NULL, -- as of the study
    name        KEYTEXT NOT NULL, -- patient_name of the study
    PRIMARY KEY (study, list)
);
INSERT INTO imaging_list (study, list, institution, sort, name)
    SELECT DISTINCT st.uid, 'm:' || mo.modality, st.institution, st.sort, st.patient_name
    FROM imaging_modality mo JOIN imaging_study st ON st.uid = mo.study AND st.sort = mo.sort;
INSERT INTO imaging_list (study, list, institution, sort, name)
    SELECT DISTINCT st.uid, 'n:' || substr(n.part, 1, 1), st.institution, st.sort, st.patient_name
    FROM imaging_name n JOIN imaging_study st ON st.patient_name = n.name AND st.patient_name <> '' WHERE n.starts = 1;
CREATE INDEX imaging_list_all ON imaging_list (list, sort, study, institution, name);
CREATE INDEX imaging_list_own ON imaging_list (institution, list, sort, study, name);
DROP TABLE imaging_modality;

-- How many studies an institution has of each month and of each day: the first 6 and 8 characters of sort. A page far behind is
-- found by adding up.
CREATE TABLE imaging_calendar (
    digits      BIGINT  NOT NULL,
    date        KEYTEXT NOT NULL,
    institution KEYTEXT NOT NULL,
    studies     BIGINT  NOT NULL,
    PRIMARY KEY (digits, date, institution)
);
INSERT INTO imaging_calendar (digits, date, institution, studies)
    SELECT 6, substr(sort, 1, 6), institution, count(*) FROM imaging_study GROUP BY substr(sort, 1, 6), institution;
INSERT INTO imaging_calendar (digits, date, institution, studies)
    SELECT 8, substr(sort, 1, 8), institution, count(*) FROM imaging_study GROUP BY substr(sort, 1, 8), institution;

DROP INDEX imaging_study_sort;
CREATE INDEX imaging_study_sort ON imaging_study (sort, uid, patient_name, institution);
