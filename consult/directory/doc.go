// Package directory knows who and where: institutions and their alliances, people with their practice points and roles, the duty
// roster, devices, agreements between institutions, settings; and it lets people, programs and wall screens in. It answers "is
// this person entitled to do that there, now?" for every workflow; it knows no workflow itself.
package directory
