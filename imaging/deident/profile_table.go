package deident

import "yilian/imaging/dicom"

// table is table E.1-1 of PS3.15 in the edition of January 2025, without its three rows for groups (private, curves, overlays: see action in
// profile.go). The columns of the options Retain Longitudinal Temporal Information with Full Dates, Retain Institution Identity, Clean Structured
// Content and Clean Graphics are left out: these are not offered.
var table = map[dicom.Tag]row{
	0x00001000: {"X", keepUID},                  // Affected SOP Instance UID
	0x00001001: {"U", keepUID},                  // Requested SOP Instance UID
	0x00020003: {"U", keepUID},                  // Media Storage SOP Instance UID
	0x00041511: {"U", keepUID},                  // Referenced SOP Instance UID in File
	0x00080012: {"X/D", moveDate},               // Instance Creation Date
	0x00080013: {"X/Z/D", moveDate},             // Instance Creation Time
	0x00080014: {"U", keepUID},                  // Instance Creator UID
	0x00080015: {"X", moveDate},                 // Instance Coercion DateTime
	0x00080017: {"U", keepUID},                  // Acquisition UID
	0x00080018: {"U", keepUID},                  // SOP Instance UID
	0x00080019: {"U", keepUID},                  // Pyramid UID
	0x00080020: {"Z", moveDate},                 // Study Date
	0x00080021: {"X/D", moveDate},               // Series Date
	0x00080022: {"X/Z", moveDate},               // Acquisition Date
	0x00080023: {"Z/D", moveDate},               // Content Date
	0x00080024: {"X", moveDate},                 // Overlay Date
	0x00080025: {"X", moveDate},                 // Curve Date
	0x0008002A: {"X/Z/D", moveDate},             // Acquisition DateTime
	0x00080030: {"Z", moveDate},                 // Study Time
	0x00080031: {"X/D", moveDate},               // Series Time
	0x00080032: {"X/Z", moveDate},               // Acquisition Time
	0x00080033: {"Z/D", moveDate},               // Content Time
	0x00080034: {"X", moveDate},                 // Overlay Time
	0x00080035: {"X", moveDate},                 // Curve Time
	0x00080050: {"Z", 0},                        // Accession Number
	0x00080054: {"X", cleanDevice},              // Retrieve AE Title
	0x00080055: {"X", cleanDevice},              // Station AE Title
	0x00080058: {"U", keepUID},                  // Failed SOP Instance UID List
	0x00080080: {"X/Z/D", 0},                    // Institution Name
	0x00080081: {"X", 0},                        // Institution Address
	0x00080082: {"X/Z/D", 0},                    // Institution Code Sequence
	0x00080090: {"Z", 0},                        // Referring Physician's Name
	0x00080092: {"X", 0},                        // Referring Physician's Address
	0x00080094: {"X", 0},                        // Referring Physician's Telephone Numbers
	0x00080096: {"X", 0},                        // Referring Physician Identification Sequence
	0x0008009C: {"Z", 0},                        // Consulting Physician's Name
	0x0008009D: {"X", 0},                        // Consulting Physician Identification Sequence
	0x00080106: {"D", moveDate},                 // Context Group Version
	0x00080107: {"D", moveDate},                 // Context Group Local Version
	0x00080201: {"X", moveDate},                 // Timezone Offset From UTC
	0x00081000: {"X", cleanDevice},              // Network ID
	0x00081010: {"X/Z/D", keepDevice},           // Station Name
	0x00081030: {"X", cleanText},                // Study Description
	0x0008103E: {"X", cleanText},                // Series Description
	0x00081040: {"X", 0},                        // Institutional Department Name
	0x00081041: {"X", 0},                        // Institutional Department Type Code Sequence
	0x00081048: {"X", 0},                        // Physician(s) of Record
	0x00081049: {"X", 0},                        // Physician(s) of Record Identification Sequence
	0x00081050: {"X", 0},                        // Performing Physician's Name
	0x00081052: {"X", 0},                        // Performing Physician Identification Sequence
	0x00081060: {"X", 0},                        // Name of Physician(s) Reading Study
	0x00081062: {"X", 0},                        // Physician(s) Reading Study Identification Sequence
	0x00081070: {"X/Z/D", 0},                    // Operators' Name
	0x00081072: {"X/D", 0},                      // Operator Identification Sequence
	0x00081080: {"X", cleanText},                // Admitting Diagnoses Description
	0x00081084: {"X", cleanText},                // Admitting Diagnoses Code Sequence
	0x00081088: {"X", cleanText},                // Pyramid Description
	0x00081110: {"X/Z", keepUID},                // Referenced Study Sequence
	0x00081111: {"X/Z/D", keepUID},              // Referenced Performed Procedure Step Sequence
	0x00081120: {"X", keepUID},                  // Referenced Patient Sequence
	0x00081140: {"X/Z/U*", keepUID},             // Referenced Image Sequence
	0x00081155: {"U", keepUID},                  // Referenced SOP Instance UID
	0x00081195: {"U", keepUID},                  // Transaction UID
	0x00082111: {"X", cleanText},                // Derivation Description
	0x00082112: {"X/Z/U*", keepUID},             // Source Image Sequence
	0x00083010: {"U", keepUID},                  // Irradiation Event UID
	0x00084000: {"X", cleanText},                // Identifying Comments
	0x00100010: {"Z", 0},                        // Patient's Name
	0x00100020: {"Z/D", 0},                      // Patient ID
	0x00100021: {"X", 0},                        // Issuer of Patient ID
	0x00100030: {"Z", 0},                        // Patient's Birth Date
	0x00100032: {"X", 0},                        // Patient's Birth Time
	0x00100040: {"Z", keepPatient},              // Patient's Sex
	0x00100050: {"X", 0},                        // Patient's Insurance Plan Code Sequence
	0x00100101: {"X", 0},                        // Patient's Primary Language Code Sequence
	0x00100102: {"X", 0},                        // Patient's Primary Language Modifier Code Sequence
	0x00101000: {"X", 0},                        // Other Patient IDs
	0x00101001: {"X", 0},                        // Other Patient Names
	0x00101002: {"X", 0},                        // Other Patient IDs Sequence
	0x00101005: {"X", 0},                        // Patient's Birth Name
	0x00101010: {"X", keepPatient},              // Patient's Age
	0x00101020: {"X", keepPatient},              // Patient's Size
	0x00101030: {"X", keepPatient},              // Patient's Weight
	0x00101040: {"X", 0},                        // Patient's Address
	0x00101050: {"X", 0},                        // Insurance Plan Identification
	0x00101060: {"X", 0},                        // Patient's Mother's Birth Name
	0x00101080: {"X", 0},                        // Military Rank
	0x00101081: {"X", 0},                        // Branch of Service
	0x00101090: {"X", 0},                        // Medical Record Locator
	0x00101100: {"X", 0},                        // Referenced Patient Photo Sequence
	0x00102000: {"X", cleanText},                // Medical Alerts
	0x00102110: {"X", cleanPatient | cleanText}, // Allergies
	0x00102150: {"X", 0},                        // Country of Residence
	0x00102152: {"X", 0},                        // Region of Residence
	0x00102154: {"X", 0},                        // Patient's Telephone Numbers
	0x00102155: {"X", 0},                        // Patient's Telecom Information
	0x00102160: {"X", keepPatient},              // Ethnic Group
	0x00102180: {"X", cleanText},                // Occupation
	0x001021A0: {"X", keepPatient},              // Smoking Status
	0x001021B0: {"X", cleanText},                // Additional Patient History
	0x001021C0: {"X", keepPatient},              // Pregnancy Status
	0x001021D0: {"X", moveDate},                 // Last Menstrual Date
	0x001021F0: {"X", 0},                        // Patient's Religious Preference
	0x00102203: {"X/Z", keepPatient},            // Patient's Sex Neutered
	0x00102297: {"X", 0},                        // Responsible Person
	0x00102299: {"X", 0},                        // Responsible Organization
	0x00104000: {"X", cleanText},                // Patient Comments
	0x00120010: {"D", 0},                        // Clinical Trial Sponsor Name
	0x00120020: {"D", 0},                        // Clinical Trial Protocol ID
	0x00120021: {"Z", 0},                        // Clinical Trial Protocol Name
	0x00120022: {"X", 0},                        // Issuer of Clinical Trial Protocol ID
	0x00120023: {"X", 0},                        // Other Clinical Trial Protocol IDs Sequence
	0x00120030: {"Z", 0},                        // Clinical Trial Site ID
	0x00120031: {"Z", 0},                        // Clinical Trial Site Name
	0x00120032: {"X", 0},                        // Issuer of Clinical Trial Site ID
	0x00120040: {"D", 0},                        // Clinical Trial Subject ID
	0x00120041: {"X", 0},                        // Issuer of Clinical Trial Subject ID
	0x00120042: {"D", 0},                        // Clinical Trial Subject Reading ID
	0x00120043: {"X", 0},                        // Issuer of Clinical Trial Subject Reading ID
	0x00120050: {"Z", 0},                        // Clinical Trial Time Point ID
	0x00120051: {"X", cleanText},                // Clinical Trial Time Point Description
	0x00120055: {"X", 0},                        // Issuer of Clinical Trial Time Point ID
	0x00120060: {"Z", 0},                        // Clinical Trial Coordinating Center Name
	0x00120071: {"X", 0},                        // Clinical Trial Series ID
	0x00120072: {"X", cleanText},                // Clinical Trial Series Description
	0x00120073: {"X", 0},                        // Issuer of Clinical Trial Series ID
	0x00120081: {"D", 0},                        // Clinical Trial Protocol Ethics Committee Name
	0x00120082: {"X", 0},                        // Clinical Trial Protocol Ethics Committee Approval Number
	0x00120086: {"X", moveDate},                 // Ethics Committee Approval Effectiveness Start Date
	0x00120087: {"X", moveDate},                 // Ethics Committee Approval Effectiveness End Date
	0x0014407C: {"X", keepDevice | moveDate},    // Calibration Time
	0x0014407E: {"X", keepDevice | moveDate},    // Calibration Date
	0x0016002B: {"X", cleanText},                // Maker Note
	0x0016004B: {"X", cleanText},                // Device Setting Description
	0x0016004D: {"X", 0},                        // Camera Owner Name
	0x0016004E: {"X", keepDevice},               // Lens Specification
	0x0016004F: {"X", keepDevice},               // Lens Make
	0x00160050: {"X", keepDevice},               // Lens Model
	0x00160051: {"X", keepDevice},               // Lens Serial Number
	0x00160070: {"X", 0},                        // GPS Version ID
	0x00160071: {"X", 0},                        // GPS Latitude Ref
	0x00160072: {"X", 0},                        // GPS Latitude
	0x00160073: {"X", 0},                        // GPS Longitude Ref
	0x00160074: {"X", 0},                        // GPS Longitude
	0x00160075: {"X", 0},                        // GPS Altitude Ref
	0x00160076: {"X", 0},                        // GPS Altitude
	0x00160077: {"X", 0},                        // GPS Time Stamp
	0x00160078: {"X", 0},                        // GPS Satellites
	0x00160079: {"X", 0},                        // GPS Status
	0x0016007A: {"X", 0},                        // GPS Measure Mode
	0x0016007B: {"X", 0},                        // GPS DOP
	0x0016007C: {"X", 0},                        // GPS Speed Ref
	0x0016007D: {"X", 0},                        // GPS Speed
	0x0016007E: {"X", 0},                        // GPS Track Ref
	0x0016007F: {"X", 0},                        // GPS Track
	0x00160080: {"X", 0},                        // GPS Img Direction Ref
	0x00160081: {"X", 0},                        // GPS Img Direction
	0x00160082: {"X", 0},                        // GPS Map Datum
	0x00160083: {"X", 0},                        // GPS Dest Latitude Ref
	0x00160084: {"X", 0},                        // GPS Dest Latitude
	0x00160085: {"X", 0},                        // GPS Dest Longitude Ref
	0x00160086: {"X", 0},                        // GPS Dest Longitude
	0x00160087: {"X", 0},                        // GPS Dest Bearing Ref
	0x00160088: {"X", 0},                        // GPS Dest Bearing
	0x00160089: {"X", 0},                        // GPS Dest Distance Ref
	0x0016008A: {"X", 0},                        // GPS Dest Distance
	0x0016008B: {"X", 0},                        // GPS Processing Method
	0x0016008C: {"X", 0},                        // GPS Area Information
	0x0016008D: {"X", moveDate},                 // GPS Date Stamp
	0x0016008E: {"X", 0},                        // GPS Differential
	0x00180010: {"Z/D", cleanText},              // Contrast/Bolus Agent
	0x00180027: {"X", moveDate},                 // Intervention Drug Stop Time
	0x00180035: {"X", moveDate},                 // Intervention Drug Start Time
	0x00181000: {"X/Z/D", keepDevice},           // Device Serial Number
	0x00181002: {"U", keepUID | keepDevice},     // Device UID
	0x00181004: {"X", keepDevice},               // Plate ID
	0x00181005: {"X", keepDevice},               // Generator ID
	0x00181007: {"X", keepDevice},               // Cassette ID
	0x00181008: {"X", keepDevice},               // Gantry ID
	0x00181009: {"X", keepDevice},               // Unique Device Identifier
	0x0018100A: {"X", keepDevice},               // UDI Sequence
	0x0018100B: {"U", keepUID | keepDevice},     // Manufacturer's Device Class UID
	0x00181012: {"X", moveDate},                 // Date of Secondary Capture
	0x00181014: {"X", moveDate},                 // Time of Secondary Capture
	0x00181030: {"X/D", cleanText},              // Protocol Name
	0x00181042: {"X", moveDate},                 // Contrast/Bolus Start Time
	0x00181043: {"X", moveDate},                 // Contrast/Bolus Stop Time
	0x00181072: {"X", moveDate},                 // Radiopharmaceutical Start Time
	0x00181073: {"X", moveDate},                 // Radiopharmaceutical Stop Time
	0x00181078: {"X", moveDate},                 // Radiopharmaceutical Start DateTime
	0x00181079: {"X", moveDate},                 // Radiopharmaceutical Stop DateTime
	0x001811BB: {"D", cleanText},                // Acquisition Field Of View Label
	0x00181200: {"X", keepDevice | moveDate},    // Date of Last Calibration
	0x00181201: {"X", keepDevice | moveDate},    // Time of Last Calibration
	0x00181202: {"X", keepDevice | moveDate},    // DateTime of Last Calibration
	0x00181203: {"Z", keepDevice | moveDate},    // Calibration DateTime
	0x00181204: {"X", keepDevice | moveDate},    // Date of Manufacture
	0x00181205: {"X", keepDevice | moveDate},    // Date of Installation
	0x00181400: {"X/D", cleanText},              // Acquisition Device Processing Description
	0x00182042: {"U", keepUID},                  // Target UID
	0x00184000: {"X", cleanText},                // Acquisition Comments
	0x00185011: {"X", keepDevice},               // Transducer Identification Sequence
	0x0018700A: {"X/D", keepDevice},             // Detector ID
	0x0018700C: {"X/D", keepDevice | moveDate},  // Date of Last Detector Calibration
	0x0018700E: {"X/D", keepDevice | moveDate},  // Time of Last Detector Calibration
	0x00189074: {"D", moveDate},                 // Frame Acquisition DateTime
	0x00189151: {"D", moveDate},                 // Frame Reference DateTime
	0x00189185: {"X", cleanText},                // Respiratory Motion Compensation Technique Description
	0x00189367: {"D", keepDevice},               // X-Ray Source ID
	0x00189369: {"D", moveDate},                 // Source Start DateTime
	0x0018936A: {"D", moveDate},                 // Source End DateTime
	0x00189371: {"D", keepDevice},               // X-Ray Detector ID
	0x00189373: {"X", keepDevice},               // X-Ray Detector Label
	0x0018937B: {"X", cleanText},                // Multi-energy Acquisition Description
	0x0018937F: {"X", cleanText},                // Decomposition Description
	0x00189424: {"X", cleanText},                // Acquisition Protocol Description
	0x00189516: {"X/D", moveDate},               // Start Acquisition DateTime
	0x00189517: {"X/D", moveDate},               // End Acquisition DateTime
	0x00189623: {"D", moveDate},                 // Functional Sync Pulse
	0x00189701: {"D", moveDate},                 // Decay Correction DateTime
	0x00189804: {"D", moveDate},                 // Exclusion Start DateTime
	0x00189919: {"Z/D", moveDate},               // Instruction Performed DateTime
	0x00189937: {"X", cleanText},                // Requested Series Description
	0x0018A002: {"X", moveDate},                 // Contribution DateTime
	0x0018A003: {"X", cleanText},                // Contribution Description
	0x0020000D: {"U", keepUID},                  // Study Instance UID
	0x0020000E: {"U", keepUID},                  // Series Instance UID
	0x00200010: {"Z", 0},                        // Study ID
	0x00200027: {"X", cleanText},                // Pyramid Label
	0x00200052: {"U", keepUID},                  // Frame of Reference UID
	0x00200200: {"U", keepUID},                  // Synchronization Frame of Reference UID
	0x00203401: {"X", keepDevice},               // Modifying Device ID
	0x00203403: {"X", moveDate},                 // Modified Image Date
	0x00203405: {"X", moveDate},                 // Modified Image Time
	0x00203406: {"X", 0},                        // Modified Image Description
	0x00204000: {"X", cleanText},                // Image Comments
	0x00209158: {"X", cleanText},                // Frame Comments
	0x00209161: {"U", keepUID},                  // Concatenation UID
	0x00209164: {"U", keepUID},                  // Dimension Organization UID
	0x00281199: {"U", keepUID},                  // Palette Color Lookup Table UID
	0x00281214: {"U", keepUID},                  // Large Palette Color Lookup Table UID
	0x00284000: {"X", 0},                        // Image Presentation Comments
	0x00320012: {"X", 0},                        // Study ID Issuer
	0x00320032: {"X", moveDate},                 // Study Verified Date
	0x00320033: {"X", moveDate},                 // Study Verified Time
	0x00320034: {"X", moveDate},                 // Study Read Date
	0x00320035: {"X", moveDate},                 // Study Read Time
	0x00321000: {"X", moveDate},                 // Scheduled Study Start Date
	0x00321001: {"X", moveDate},                 // Scheduled Study Start Time
	0x00321010: {"X", moveDate},                 // Scheduled Study Stop Date
	0x00321011: {"X", moveDate},                 // Scheduled Study Stop Time
	0x00321020: {"X", keepDevice},               // Scheduled Study Location
	0x00321021: {"X", cleanDevice},              // Scheduled Study Location AE Title
	0x00321030: {"X", cleanText},                // Reason for Study
	0x00321032: {"X", 0},                        // Requesting Physician
	0x00321033: {"X", 0},                        // Requesting Service
	0x00321040: {"X", moveDate},                 // Study Arrival Date
	0x00321041: {"X", moveDate},                 // Study Arrival Time
	0x00321050: {"X", moveDate},                 // Study Completion Date
	0x00321051: {"X", moveDate},                 // Study Completion Time
	0x00321060: {"X/Z", cleanText},              // Requested Procedure Description
	0x00321066: {"X", cleanText},                // Reason for Visit
	0x00321067: {"X", cleanText},                // Reason for Visit Code Sequence
	0x00321070: {"X", cleanText},                // Requested Contrast Agent
	0x00324000: {"X", cleanText},                // Study Comments
	0x00340001: {"D", 0},                        // Flow Identifier Sequence
	0x00340002: {"D", 0},                        // Flow Identifier
	0x00340005: {"D", 0},                        // Source Identifier
	0x00340007: {"D", moveDate},                 // Frame Origin Timestamp
	0x00380004: {"X", 0},                        // Referenced Patient Alias Sequence
	0x00380010: {"X", 0},                        // Admission ID
	0x00380011: {"X", 0},                        // Issuer of Admission ID
	0x00380014: {"X", 0},                        // Issuer of Admission ID Sequence
	0x0038001A: {"X", moveDate},                 // Scheduled Admission Date
	0x0038001B: {"X", moveDate},                 // Scheduled Admission Time
	0x0038001C: {"X", moveDate},                 // Scheduled Discharge Date
	0x0038001D: {"X", moveDate},                 // Scheduled Discharge Time
	0x0038001E: {"X", 0},                        // Scheduled Patient Institution Residence
	0x00380020: {"X", moveDate},                 // Admitting Date
	0x00380021: {"X", moveDate},                 // Admitting Time
	0x00380030: {"X", moveDate},                 // Discharge Date
	0x00380032: {"X", moveDate},                 // Discharge Time
	0x00380040: {"X", cleanText},                // Discharge Diagnosis Description
	0x00380050: {"X", cleanPatient},             // Special Needs
	0x00380060: {"X", 0},                        // Service Episode ID
	0x00380061: {"X", 0},                        // Issuer of Service Episode ID
	0x00380062: {"X", cleanText},                // Service Episode Description
	0x00380064: {"X", 0},                        // Issuer of Service Episode ID Sequence
	0x00380300: {"X", 0},                        // Current Patient Location
	0x00380400: {"X", 0},                        // Patient's Institution Residence
	0x00380500: {"X", cleanPatient | cleanText}, // Patient State
	0x00384000: {"X", cleanText},                // Visit Comments
	0x003A0310: {"U", keepUID},                  // Multiplex Group UID
	0x003A0314: {"D", moveDate},                 // Impedance Measurement DateTime
	0x003A0329: {"X", cleanText},                // Waveform Filter Description
	0x003A032B: {"X", cleanText},                // Filter Lookup Table Description
	0x00400001: {"X", cleanDevice},              // Scheduled Station AE Title
	0x00400002: {"X", moveDate},                 // Scheduled Procedure Step Start Date
	0x00400003: {"X", moveDate},                 // Scheduled Procedure Step Start Time
	0x00400004: {"X", moveDate},                 // Scheduled Procedure Step End Date
	0x00400005: {"X", moveDate},                 // Scheduled Procedure Step End Time
	0x00400006: {"X", 0},                        // Scheduled Performing Physician's Name
	0x00400007: {"X", cleanText},                // Scheduled Procedure Step Description
	0x00400009: {"X", 0},                        // Scheduled Procedure Step ID
	0x0040000B: {"X", 0},                        // Scheduled Performing Physician Identification Sequence
	0x00400010: {"X", keepDevice},               // Scheduled Station Name
	0x00400011: {"X", keepDevice},               // Scheduled Procedure Step Location
	0x00400012: {"X", cleanPatient},             // Pre-Medication
	0x00400241: {"X", cleanDevice},              // Performed Station AE Title
	0x00400242: {"X", keepDevice},               // Performed Station Name
	0x00400243: {"X", 0},                        // Performed Location
	0x00400244: {"X", moveDate},                 // Performed Procedure Step Start Date
	0x00400245: {"X", moveDate},                 // Performed Procedure Step Start Time
	0x00400250: {"X", moveDate},                 // Performed Procedure Step End Date
	0x00400251: {"X", moveDate},                 // Performed Procedure Step End Time
	0x00400253: {"X", 0},                        // Performed Procedure Step ID
	0x00400254: {"X", cleanText},                // Performed Procedure Step Description
	0x00400275: {"X", cleanText},                // Request Attributes Sequence
	0x00400280: {"X", cleanText},                // Comments on the Performed Procedure Step
	0x00400310: {"X", cleanText},                // Comments on Radiation Dose
	0x0040050A: {"X", 0},                        // Specimen Accession Number
	0x00400512: {"D", 0},                        // Container Identifier
	0x00400513: {"Z", 0},                        // Issuer of the Container Identifier Sequence
	0x0040051A: {"X", cleanText},                // Container Description
	0x00400551: {"D", 0},                        // Specimen Identifier
	0x00400554: {"U", keepUID},                  // Specimen UID
	0x00400555: {"X/Z", 0},                      // Acquisition Context Sequence
	0x00400562: {"Z", 0},                        // Issuer of the Specimen Identifier Sequence
	0x00400600: {"X", cleanText},                // Specimen Short Description
	0x00400602: {"X", cleanText},                // Specimen Detailed Description
	0x00400610: {"Z", 0},                        // Specimen Preparation Sequence
	0x004006FA: {"X", 0},                        // Slide Identifier
	0x00401001: {"X", 0},                        // Requested Procedure ID
	0x00401002: {"X", cleanText},                // Reason for the Requested Procedure
	0x00401004: {"X", 0},                        // Patient Transport Arrangements
	0x00401005: {"X", 0},                        // Requested Procedure Location
	0x0040100A: {"X", cleanText},                // Reason for Requested Procedure Code Sequence
	0x00401010: {"X", 0},                        // Names of Intended Recipients of Results
	0x00401011: {"X", 0},                        // Intended Recipients of Results Identification Sequence
	0x00401101: {"D", 0},                        // Person Identification Code Sequence
	0x00401102: {"X", 0},                        // Person's Address
	0x00401103: {"X", 0},                        // Person's Telephone Numbers
	0x00401104: {"X", 0},                        // Person's Telecom Information
	0x00401400: {"X", cleanText},                // Requested Procedure Comments
	0x00402001: {"X", cleanText},                // Reason for the Imaging Service Request
	0x00402004: {"X", moveDate},                 // Issue Date of Imaging Service Request
	0x00402005: {"X", moveDate},                 // Issue Time of Imaging Service Request
	0x00402008: {"X", 0},                        // Order Entered By
	0x00402009: {"X", 0},                        // Order Enterer's Location
	0x00402010: {"X", 0},                        // Order Callback Phone Number
	0x00402011: {"X", 0},                        // Order Callback Telecom Information
	0x00402016: {"Z", 0},                        // Placer Order Number / Imaging Service Request
	0x00402017: {"Z", 0},                        // Filler Order Number / Imaging Service Request
	0x00402400: {"X", cleanText},                // Imaging Service Request Comments
	0x00403001: {"X", 0},                        // Confidentiality Constraint on Patient Data Description
	0x00404005: {"X", moveDate},                 // Scheduled Procedure Step Start DateTime
	0x00404008: {"X", moveDate},                 // Scheduled Procedure Step Expiration DateTime
	0x00404010: {"X", moveDate},                 // Scheduled Procedure Step Modification DateTime
	0x00404011: {"X", moveDate},                 // Expected Completion DateTime
	0x00404023: {"U", keepUID},                  // Referenced General Purpose Scheduled Procedure Step Transaction UID
	0x00404025: {"X", keepDevice},               // Scheduled Station Name Code Sequence
	0x00404027: {"X", keepDevice},               // Scheduled Station Geographic Location Code Sequence
	0x00404028: {"X", keepDevice},               // Performed Station Name Code Sequence
	0x00404030: {"X", keepDevice},               // Performed Station Geographic Location Code Sequence
	0x00404034: {"X", 0},                        // Scheduled Human Performers Sequence
	0x00404035: {"X", 0},                        // Actual Human Performers Sequence
	0x00404036: {"X", 0},                        // Human Performer's Organization
	0x00404037: {"X", 0},                        // Human Performer's Name
	0x00404050: {"X", moveDate},                 // Performed Procedure Step Start DateTime
	0x00404051: {"X", moveDate},                 // Performed Procedure Step End DateTime
	0x00404052: {"X", moveDate},                 // Procedure Step Cancellation DateTime
	0x0040A023: {"X", moveDate},                 // Findings Group Recording Date (Trial)
	0x0040A024: {"X", moveDate},                 // Findings Group Recording Time (Trial)
	0x0040A027: {"D", 0},                        // Verifying Organization
	0x0040A030: {"D", moveDate},                 // Verification DateTime
	0x0040A032: {"X/D", moveDate},               // Observation DateTime
	0x0040A033: {"X", moveDate},                 // Observation Start DateTime
	0x0040A073: {"D", 0},                        // Verifying Observer Sequence
	0x0040A075: {"D", 0},                        // Verifying Observer Name
	0x0040A078: {"X", 0},                        // Author Observer Sequence
	0x0040A07A: {"X", 0},                        // Participant Sequence
	0x0040A07C: {"X", 0},                        // Custodial Organization Sequence
	0x0040A082: {"Z", moveDate},                 // Participation DateTime
	0x0040A088: {"Z", 0},                        // Verifying Observer Identification Code Sequence
	0x0040A110: {"X", moveDate},                 // Date of Document or Verbal Transaction (Trial)
	0x0040A112: {"X", moveDate},                 // Time of Document Creation or Verbal Transaction (Trial)
	0x0040A120: {"D", moveDate},                 // DateTime
	0x0040A121: {"D", moveDate},                 // Date
	0x0040A122: {"D", moveDate},                 // Time
	0x0040A123: {"D", 0},                        // Person Name
	0x0040A124: {"U", 0},                        // UID
	0x0040A13A: {"D", moveDate},                 // Referenced DateTime
	0x0040A171: {"U", keepUID},                  // Observation UID
	0x0040A172: {"U", keepUID},                  // Referenced Observation UID (Trial)
	0x0040A192: {"X", moveDate},                 // Observation Date (Trial)
	0x0040A193: {"X", moveDate},                 // Observation Time (Trial)
	0x0040A307: {"X", 0},                        // Current Observer (Trial)
	0x0040A352: {"X", 0},                        // Verbal Source (Trial)
	0x0040A353: {"X", 0},                        // Address (Trial)
	0x0040A354: {"X", 0},                        // Telephone Number (Trial)
	0x0040A358: {"X", 0},                        // Verbal Source Identifier Code Sequence (Trial)
	0x0040A402: {"U", keepUID},                  // Observation Subject UID (Trial)
	0x0040A730: {"D", 0},                        // Content Sequence
	0x0040DB06: {"X", moveDate},                 // Template Version
	0x0040DB07: {"X", moveDate},                 // Template Local Version
	0x0040DB0C: {"U", keepUID},                  // Template Extension Organization UID
	0x0040DB0D: {"U", keepUID},                  // Template Extension Creator UID
	0x0040E004: {"X", moveDate},                 // HL7 Document Effective Time
	0x00420011: {"D", 0},                        // Encapsulated Document
	0x00440004: {"X", moveDate},                 // Approval Status DateTime
	0x0044000B: {"X", moveDate},                 // Product Expiration DateTime
	0x00440010: {"X", moveDate},                 // Substance Administration DateTime
	0x00440104: {"D", moveDate},                 // Assertion DateTime
	0x00440105: {"X", moveDate},                 // Assertion Expiration DateTime
	0x0050001B: {"X", 0},                        // Container Component ID
	0x00500020: {"X", keepDevice},               // Device Description
	0x00500021: {"X", cleanText},                // Long Device Description
	0x00620021: {"U", keepUID},                  // Tracking UID
	0x00640003: {"U", keepUID},                  // Source Frame of Reference UID
	0x00686226: {"D", moveDate},                 // Effective DateTime
	0x00686270: {"D", moveDate},                 // Information Issue DateTime
	0x006A0003: {"D", keepUID},                  // Annotation Group UID
	0x006A0005: {"D", cleanText},                // Annotation Group Label
	0x006A0006: {"X", cleanText},                // Annotation Group Description
	0x00700001: {"D", 0},                        // Graphic Annotation Sequence
	0x00700082: {"X", moveDate},                 // Presentation Creation Date
	0x00700083: {"X", moveDate},                 // Presentation Creation Time
	0x00700084: {"Z/D", 0},                      // Content Creator's Name
	0x00700086: {"X", 0},                        // Content Creator's Identification Code Sequence
	0x0070031A: {"U", keepUID},                  // Fiducial UID
	0x00701101: {"U", keepUID},                  // Presentation Display Collection UID
	0x00701102: {"U", keepUID},                  // Presentation Sequence Collection UID
	0x0072000A: {"D", moveDate},                 // Hanging Protocol Creation DateTime
	0x0072005E: {"D", cleanDevice},              // Selector AE Value
	0x0072005F: {"D", keepPatient},              // Selector AS Value
	0x00720061: {"D", moveDate},                 // Selector DA Value
	0x00720063: {"D", moveDate},                 // Selector DT Value
	0x00720065: {"D", 0},                        // Selector OB Value
	0x00720066: {"D", cleanText},                // Selector LO Value
	0x00720068: {"D", cleanText},                // Selector LT Value
	0x0072006A: {"D", 0},                        // Selector PN Value
	0x0072006B: {"D", moveDate},                 // Selector TM Value
	0x0072006C: {"D", cleanText},                // Selector SH Value
	0x0072006D: {"D", 0},                        // Selector UN Value
	0x0072006E: {"D", cleanText},                // Selector ST Value
	0x00720070: {"D", cleanText},                // Selector UT Value
	0x00720071: {"D", 0},                        // Selector UR Value
	0x00741234: {"X", cleanDevice},              // Receiving AE
	0x00741236: {"X", cleanDevice},              // Requesting AE
	0x00880140: {"U", keepUID},                  // Storage Media File-set UID
	0x00880200: {"X", 0},                        // Icon Image Sequence (see Note 11)
	0x00880904: {"X", 0},                        // Topic Title
	0x00880906: {"X", 0},                        // Topic Subject
	0x00880910: {"X", 0},                        // Topic Author
	0x00880912: {"X", 0},                        // Topic Keywords
	0x01000420: {"X", moveDate},                 // SOP Authorization DateTime
	0x04000100: {"U", 0},                        // Digital Signature UID
	0x04000105: {"D", moveDate},                 // Digital Signature DateTime
	0x04000115: {"D", 0},                        // Certificate of Signer
	0x04000310: {"X", moveDate},                 // Certified Timestamp
	0x04000402: {"X", 0},                        // Referenced Digital Signature Sequence
	0x04000403: {"X", 0},                        // Referenced SOP Instance MAC Sequence
	0x04000404: {"X", 0},                        // MAC
	0x04000550: {"X", 0},                        // Modified Attributes Sequence
	0x04000551: {"X", 0},                        // Nonconforming Modified Attributes Sequence
	0x04000552: {"X", 0},                        // Nonconforming Data Element Value
	0x04000561: {"X", 0},                        // Original Attributes Sequence
	0x04000562: {"D", moveDate},                 // Attribute Modification DateTime
	0x04000563: {"D", keepDevice},               // Modifying System
	0x04000564: {"Z", 0},                        // Source of Previous Values
	0x04000565: {"D", cleanText},                // Reason for the Attribute Modification
	0x04000600: {"X", 0},                        // Instance Origin Status
	0x20300020: {"X", 0},                        // Text String
	0x21000040: {"X", moveDate},                 // Creation Date
	0x21000050: {"X", moveDate},                 // Creation Time
	0x21000070: {"X", cleanDevice},              // Originator
	0x21000140: {"D", cleanDevice},              // Destination AE
	0x22000002: {"X/Z", cleanText},              // Label Text
	0x22000005: {"X/Z", 0},                      // Barcode Value
	0x30020121: {"X", cleanText},                // Position Acquisition Template Name
	0x30020123: {"X", cleanText},                // Position Acquisition Template Description
	0x30060002: {"D", cleanText},                // Structure Set Label
	0x30060004: {"X", cleanText},                // Structure Set Name
	0x30060006: {"X", cleanText},                // Structure Set Description
	0x30060008: {"Z", moveDate},                 // Structure Set Date
	0x30060009: {"Z", moveDate},                 // Structure Set Time
	0x30060024: {"U", keepUID},                  // Referenced Frame of Reference UID
	0x30060026: {"Z", cleanText},                // ROI Name
	0x30060028: {"X", cleanText},                // ROI Description
	0x3006002D: {"X", moveDate},                 // ROI DateTime
	0x3006002E: {"X", moveDate},                 // ROI Observation DateTime
	0x30060038: {"X", cleanText},                // ROI Generation Description
	0x3006004D: {"X", 0},                        // ROI Creator Sequence
	0x3006004E: {"X", 0},                        // ROI Interpreter Sequence
	0x30060085: {"X", cleanText},                // ROI Observation Label
	0x30060088: {"X", cleanText},                // ROI Observation Description
	0x300600A6: {"Z", 0},                        // ROI Interpreter
	0x300600C2: {"U", keepUID},                  // Related Frame of Reference UID
	0x30080024: {"D", moveDate},                 // Treatment Control Point Date
	0x30080025: {"D", moveDate},                 // Treatment Control Point Time
	0x30080054: {"X/D", moveDate},               // First Treatment Date
	0x30080056: {"X/D", moveDate},               // Most Recent Treatment Date
	0x30080105: {"X/Z", keepDevice},             // Source Serial Number
	0x30080162: {"D", moveDate},                 // Safe Position Exit Date
	0x30080164: {"D", moveDate},                 // Safe Position Exit Time
	0x30080166: {"D", moveDate},                 // Safe Position Return Date
	0x30080168: {"D", moveDate},                 // Safe Position Return Time
	0x30080250: {"X/D", moveDate},               // Treatment Date
	0x30080251: {"X/D", moveDate},               // Treatment Time
	0x300A0002: {"D", cleanText},                // RT Plan Label
	0x300A0003: {"X", cleanText},                // RT Plan Name
	0x300A0004: {"X", cleanText},                // RT Plan Description
	0x300A0006: {"X/D", moveDate},               // RT Plan Date
	0x300A0007: {"X/D", moveDate},               // RT Plan Time
	0x300A000B: {"X", cleanText},                // Treatment Sites
	0x300A000E: {"X", cleanText},                // Prescription Description
	0x300A0013: {"U", keepUID},                  // Dose Reference UID
	0x300A0016: {"X", cleanText},                // Dose Reference Description
	0x300A0072: {"X", cleanText},                // Fraction Group Description
	0x300A0083: {"U", keepUID},                  // Referenced Dose Reference UID
	0x300A00B2: {"X/Z", keepDevice},             // Treatment Machine Name
	0x300A00C3: {"X", cleanText},                // Beam Description
	0x300A00DD: {"X", cleanText},                // Bolus Description
	0x300A0196: {"X", cleanText},                // Fixation Device Description
	0x300A01A6: {"X", cleanText},                // Shielding Device Description
	0x300A01B2: {"X", cleanText},                // Setup Technique Description
	0x300A0216: {"X", keepDevice},               // Source Manufacturer
	0x300A022C: {"D", moveDate},                 // Source Strength Reference Date
	0x300A022E: {"D", moveDate},                 // Source Strength Reference Time
	0x300A02EB: {"X", cleanText},                // Compensator Description
	0x300A0608: {"D", cleanText},                // Treatment Position Group Label
	0x300A0609: {"U", keepUID},                  // Treatment Position Group UID
	0x300A0611: {"Z", 0},                        // RT Accessory Holder Slot ID
	0x300A0615: {"Z", 0},                        // RT Accessory Device Slot ID
	0x300A0619: {"D", cleanText},                // Radiation Dose Identification Label
	0x300A0623: {"D", cleanText},                // Radiation Dose In-Vivo Measurement Label
	0x300A062A: {"D", cleanText},                // RT Tolerance Set Label
	0x300A0650: {"U", keepUID},                  // Patient Setup UID
	0x300A0676: {"X", cleanText},                // Equipment Frame of Reference Description
	0x300A067C: {"D", cleanText},                // Radiation Generation Mode Label
	0x300A067D: {"Z", cleanText},                // Radiation Generation Mode Description
	0x300A0700: {"U", keepUID},                  // Treatment Session UID
	0x300A0734: {"D", cleanText},                // Treatment Tolerance Violation Description
	0x300A0736: {"D", moveDate},                 // Treatment Tolerance Violation DateTime
	0x300A073A: {"D", moveDate},                 // Recorded RT Control Point DateTime
	0x300A0741: {"D", moveDate},                 // Interlock DateTime
	0x300A0742: {"D", cleanText},                // Interlock Description
	0x300A0760: {"D", moveDate},                 // Override DateTime
	0x300A0783: {"D", cleanText},                // Interlock Origin Description
	0x300A0785: {"U", keepUID},                  // Referenced Treatment Position Group UID
	0x300A078E: {"X", cleanText},                // Patient Treatment Preparation Procedure Parameter Description
	0x300A0792: {"X", cleanText},                // Patient Treatment Preparation Method Description
	0x300A0794: {"X", cleanText},                // Patient Setup Photo Description
	0x300A079A: {"X", cleanText},                // Displacement Reference Label
	0x300C0113: {"X", cleanText},                // Reason for Omission Description
	0x300C0127: {"D", keepDevice | moveDate},    // Beam Hold Transition DateTime
	0x300E0004: {"Z", moveDate},                 // Review Date
	0x300E0005: {"Z", moveDate},                 // Review Time
	0x300E0008: {"X/Z", 0},                      // Reviewer Name
	0x30100006: {"U", keepUID},                  // Conceptual Volume UID
	0x3010000B: {"U", keepUID},                  // Referenced Conceptual Volume UID
	0x3010000F: {"Z", cleanText},                // Conceptual Volume Combination Description
	0x30100013: {"U", keepUID},                  // Constituent Conceptual Volume UID
	0x30100015: {"U", keepUID},                  // Source Conceptual Volume UID
	0x30100017: {"Z", cleanText},                // Conceptual Volume Description
	0x3010001B: {"Z", 0},                        // Device Alternate Identifier
	0x3010002D: {"D", keepDevice},               // Device Label
	0x30100031: {"U", keepUID},                  // Referenced Fiducials UID
	0x30100033: {"D", cleanText},                // User Content Label
	0x30100034: {"D", cleanText},                // User Content Long Label
	0x30100035: {"D", cleanText},                // Entity Label
	0x30100036: {"X", cleanText},                // Entity Name
	0x30100037: {"X", cleanText},                // Entity Description
	0x30100038: {"D", cleanText},                // Entity Long Label
	0x3010003B: {"U", keepUID},                  // RT Treatment Phase UID
	0x30100043: {"Z", keepDevice},               // Manufacturer's Device Identifier
	0x3010004C: {"X/D", moveDate},               // Intended Phase Start Date
	0x3010004D: {"X/D", moveDate},               // Intended Phase End Date
	0x30100054: {"D", cleanText},                // RT Prescription Label
	0x30100056: {"X/D", cleanText},              // RT Treatment Approach Label
	0x3010005A: {"Z", cleanText},                // RT Physician Intent Narrative
	0x3010005C: {"Z", cleanText},                // Reason for Superseding
	0x30100061: {"X", cleanText},                // Prior Treatment Dose Description
	0x3010006E: {"U", keepUID},                  // Dosimetric Objective UID
	0x3010006F: {"U", keepUID},                  // Referenced Dosimetric Objective UID
	0x30100077: {"X/D", cleanText},              // Treatment Site
	0x3010007A: {"Z", cleanText},                // Treatment Technique Notes
	0x3010007B: {"Z", cleanText},                // Prescription Notes
	0x3010007F: {"Z", cleanText},                // Fractionation Notes
	0x30100081: {"Z", cleanText},                // Prescription Notes Sequence
	0x30100085: {"X", moveDate},                 // Intended Fraction Start Time
	0x40000010: {"X", 0},                        // Arbitrary
	0x40004000: {"X", 0},                        // Text Comments
	0x40080040: {"X", 0},                        // Results ID
	0x40080042: {"X", 0},                        // Results ID Issuer
	0x40080100: {"X", moveDate},                 // Interpretation Recorded Date
	0x40080101: {"X", moveDate},                 // Interpretation Recorded Time
	0x40080102: {"X", 0},                        // Interpretation Recorder
	0x40080108: {"X", moveDate},                 // Interpretation Transcription Date
	0x40080109: {"X", moveDate},                 // Interpretation Transcription Time
	0x4008010A: {"X", 0},                        // Interpretation Transcriber
	0x4008010B: {"X", cleanText},                // Interpretation Text
	0x4008010C: {"X", 0},                        // Interpretation Author
	0x40080111: {"X", 0},                        // Interpretation Approver Sequence
	0x40080112: {"X", moveDate},                 // Interpretation Approval Date
	0x40080113: {"X", moveDate},                 // Interpretation Approval Time
	0x40080114: {"X", 0},                        // Physician Approving Interpretation
	0x40080115: {"X", cleanText},                // Interpretation Diagnosis Description
	0x40080118: {"X", 0},                        // Results Distribution List Sequence
	0x40080119: {"X", 0},                        // Distribution Name
	0x4008011A: {"X", 0},                        // Distribution Address
	0x40080200: {"X", 0},                        // Interpretation ID
	0x40080202: {"X", 0},                        // Interpretation ID Issuer
	0x40080300: {"X", cleanText},                // Impressions
	0x40084000: {"X", cleanText},                // Results Comments
	0xFFFAFFFA: {"X", 0},                        // Digital Signatures Sequence
	0xFFFCFFFC: {"X", 0},                        // Data Set Trailing Padding
}
