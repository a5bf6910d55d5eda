// Package patient keeps who a patient is: names, sex, birth date and the identities (issuer + identifier) under which
// institutions know the person. It decides who may look at a patient and gathers the longitudinal view from its ports.
// It does not merge patients and does not judge whether an image belongs to one; that is consult/reading.
package patient
