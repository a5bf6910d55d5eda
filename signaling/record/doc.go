// Package record writes what a room sends to a store of objects, without decoding it: Opus, VP8, VP9 and H.264 as they came, in WebM or
// Matroska, one file for each person's voice and picture and one for each further source, all on one time line.
//
// While it runs, a recording is a row of pieces: every two seconds one object with the clusters of all files and a journal entry of what
// happened. A crash loses the seconds that were not in a piece yet. Afterwards Join makes the files that play and seek, and their
// index. The container is written here and not by a library because every number in it that changes when pieces become a file has a
// fixed width: joining copies ranges and decodes nothing.
//
// It knows neither who may record nor who may look.
package record
