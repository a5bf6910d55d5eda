// Package paper sets reports and opinions as PDF, as a hospital prints them: A4, Chinese, two signatures with their times, page
// numbers, and at the foot of every page which document and version it is. It decides nothing; it prints what it is given.
package paper
