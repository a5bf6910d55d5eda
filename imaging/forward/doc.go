// Package forward sends studies on to other archives and workstations: by rules or by hand, to DIMSE (C-STORE) and DICOMweb (STOW-RS)
// peers, over the durable work queue. What a peer has confirmed is never sent to it again by a job that resumes. It also carries
// what the DICOM door must tell later on associations of its own.
//
// Rules are pure: Plan says what a study's facts lead to. Who may see a study is not asked here: a rule is an administrator's
// decision, and every delivery goes into the trail.
package forward
