// Package phantom makes plainly synthetic DICOM studies for demonstrations and tests: a chest and a head CT, chest radiographs, an
// ultrasound loop, a brain MR, a mammogram and a 12-lead ECG, drawn from simple geometry and seeded noise. The same options give the same bytes.
//
// Nothing here was measured on anyone, and nothing may be used to judge image quality or software that diagnoses.
package phantom
