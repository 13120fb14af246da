"""Other names of choices, sheets and columns that people use in files, in English and Vietnamese."""

KINDS = {
    "ceremony": ("opening ceremony", "closing ceremony", "opening session", "closing session", "khai mạc", "bế mạc"),
    "plenary": ("plenary session", "panel", "panel discussion", "keynote session", "phiên họp toàn thể", "thảo luận"),
    "workshop": ("workshop session", "working session", "breakout", "breakout session", "training", "tập huấn"),
    "exhibition": ("exhibit", "exhibitions", "fair", "poster session", "trưng bày"),
    "break": (
        *("coffee break", "tea break", "coffee", "lunch", "lunch break", "dinner", "reception", "pause"),
        *("nghỉ", "nghỉ trưa", "nghỉ giải lao", "giải lao", "tiệc trà", "ăn trưa", "ăn tối"),
    ),
}
STATUSES = {
    "draft": ("in preparation", "bản nháp"),
    "tentative": ("tbc", "to be confirmed", "provisional", "planned", "dự kiến"),
    "confirmed": ("final", "ok", "approved", "đã xác nhận"),
    "cancelled": ("canceled", "called off", "hủy", "huỷ", "bị hủy", "đã hủy"),
}
FORMATS = {
    "in_person": ("onsite", "on site", "physical", "face to face", "in presence", "tại chỗ", "trực tiếp"),
    "online": ("virtual", "remote", "video", "zoom", "trực tuyến"),
    "both": ("hybrid", "mixed", "in person & online", "kết hợp", "trực tiếp và trực tuyến"),
}
ROLES = {
    "chair": (
        *("chairperson", "chairman", "chairwoman", "co-chair", "cochair", "co-chairperson", "session chair"),
        *("president", "chủ tọa", "chủ toạ", "chủ trì", "đồng chủ trì", "đồng chủ tọa"),
    ),
    "moderator": (
        *("facilitator", "host", "master of ceremonies", "MC", "co-moderator", "moderation"),
        *("người điều phối", "điều phối viên", "điều phối", "người dẫn chương trình", "dẫn chương trình"),
    ),
    "keynote": (
        *("keynote speaker", "keynote speech", "keynote address", "guest of honour", "guest of honor"),
        *("diễn giả chính", "phát biểu chính", "báo cáo chính", "phát biểu đề dẫn"),
    ),
    "remarks": (
        *("opening remarks", "closing remarks", "welcome remarks", "welcome", "welcome address"),
        *("opening statement", "statement", "address", "speech"),
        *("phát biểu", "phát biểu khai mạc", "phát biểu bế mạc", "phát biểu chào mừng"),
    ),
    "panellist": (
        *("panelist", "panel member", "panel speaker", "speaker", "presenter", "discussant", "participant"),
        *("contributor", "diễn giả", "tham luận", "người trình bày", "báo cáo viên"),
        *("thành viên thảo luận", "người thảo luận"),
    ),
    "rapporteur": ("reporter", "note taker", "notetaker", "co-rapporteur", "thư ký", "thư ký phiên", "người ghi chép"),
}
LINK_KINDS = {
    "stream": ("livestream", "live stream", "live", "broadcast", "zoom", "phát trực tiếp"),
    "recording": ("video", "replay", "youtube", "bản ghi", "bản ghi hình"),
    "document": ("documents", "paper", "slides", "presentation", "file", "pdf", "tài liệu"),
    "website": ("site", "web", "homepage", "home page", "url", "trang web"),
    "profile": ("linkedin", "biography", "twitter", "facebook", "hồ sơ"),
}
GENDERS = {
    "woman": ("female", "f", "w", "women", "nữ", "phụ nữ"),
    "man": ("male", "m", "men", "nam", "nam giới"),
    "other": ("another", "diverse", "non-binary", "x", "khác", "giới khác"),
}
LANGUAGES = {
    "ar": ("ara", "tiếng Ả Rập"),
    "zh": ("zho", "chi", "cn", "mandarin", "tiếng Trung", "tiếng Trung Quốc", "tiếng Hoa"),
    "en": ("eng", "tiếng Anh"),
    "fr": ("fra", "fre", "tiếng Pháp", "français"),
    "ru": ("rus", "tiếng Nga"),
    "es": ("spa", "tiếng Tây Ban Nha", "español"),
    "vi": ("vie", "vn", "tiếng Việt"),
}
# Names of sheets by the name of their table; the names without a plural s are known, too.
SHEETS = {
    "Sessions": ("programme", "program", "agenda", "schedule", "phiên", "các phiên", "chương trình"),
    "Speakers": ("people", "diễn giả"),
    "Rooms": ("venues", "phòng", "phòng họp"),
    "Themes": ("topics", "tracks", "chủ đề"),
    "Participations": ("participation", "roles", "panellists", "session speakers", "tham gia", "vai trò"),
    "Links": ("urls", "liên kết"),
}
# Headers by the name of the column.
HEADERS = {
    "id": ("identifier",),
    "slug": ("url slug", "web address"),
    "title_en": ("session title", "name of session"),
    "title_vi": ("tên phiên", "tiêu đề"),
    "name_vi": ("tên",),
    "kind": ("type", "session type", "loại"),
    "status": ("state", "trạng thái"),
    "format": ("mode", "hình thức"),
    "date": ("day", "ngày"),
    "starts_at": ("start time", "starts", "starts at", "begin", "begins", "from", "bắt đầu", "giờ bắt đầu"),
    "ends_at": ("end time", "ends", "ends at", "until", "to", "kết thúc", "giờ kết thúc"),
    "duration": ("length", "minutes", "thời lượng"),
    "room": ("venue", "hall", "phòng"),
    "themes": ("theme", "track", "tracks", "topics", "chủ đề"),
    "languages": ("language", "languages", "floor language", "ngôn ngữ"),
    "interpretation": ("interpreted into", "phiên dịch"),
    "function_en": ("job title", "position"),
    "function_vi": ("chức vụ",),
    "organization_en": ("organisation", "affiliation", "company", "institution"),
    "organization_vi": ("cơ quan", "tổ chức", "đơn vị"),
    "country": ("country or territory", "nationality", "quốc gia", "nước"),
    "biography_en": ("bio", "cv"),
    "biography_vi": ("tiểu sử",),
    "gender": ("sex", "giới tính"),
    "capacity": ("capacity", "number of seats", "sức chứa", "số chỗ"),
    "colour": ("color", "màu"),
    "sign": ("symbol", "ký hiệu"),
    "session": ("session title", "session slug", "phiên"),
    "speaker": ("speaker name", "name", "person", "diễn giả"),
    "role": ("function", "roles", "vai trò"),
    "online": ("video", "by video", "remote"),
    "order": ("no", "number", "position", "thứ tự", "stt"),
    "url": ("url", "address", "link url", "đường dẫn"),
    "placeholder_en": ("to be announced", "tba"),
}
