// Package reading carries a study from its first image to the report in the ordering doctor's hands: it decides when a study is
// complete, to which order it belongs, who may read it and by when, who holds it, what was written and signed by whom, and it
// keeps a critical finding alarmed until somebody has read it back and acted. The pixels and their index are not its business;
// it asks for the facts about a study through the port Images.
package reading
