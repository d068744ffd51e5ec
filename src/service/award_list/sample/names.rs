//! Words to invent people, schools and works from.

/// Surnames, a few of two characters and a few rare ones.
pub(super) const SURNAMES: [&str; 40] = [
    "李", "王", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗", "欧阳", "司马",
    "上官", "诸葛", "尉迟", "龚", "邵", "薛", "贾", "邹", "熊", "秦", "阎", "江", "史", "覃", "逄", "仉", "亓", "闫",
];

/// Characters of given names.
pub(super) const GIVEN: [&str; 48] = [
    "明", "芳", "伟", "娜", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "超", "秀", "霞", "平", "刚", "桂", "文", "华",
    "建", "国", "慧", "雪", "晨", "宇", "浩", "然", "梓", "涵", "欣", "怡", "子", "轩", "思", "远", "若", "曦", "睿", "哲", "瑾", "瑜",
    "朗", "清", "和", "宁",
];

/// Whole names that a template must be able to print: long ones, rare characters within and beyond the Basic Multilingual Plane,
/// names of minorities and of other countries.
pub(super) const SPECIAL: [&str; 24] = [
    "阿卜杜热合曼·麦麦提依明",
    "古丽米热·阿卜力克木",
    "木合塔尔·吐尔逊尼亚孜·艾合买提",
    "扎西次仁",
    "旺堆·格桑卓玛",
    "乌云其木格",
    "李𬭎",
    "张𬱖",
    "王𠅤",
    "陈㛃",
    "刘䶮",
    "赵堃",
    "周喆",
    "吴昇",
    "𠮷田明",
    "林犇骉",
    "欧阳娜娜",
    "司马朝阳",
    "Nguyễn Thị Ánh",
    "Trần Đức Anh",
    "Müller-Nguyễn Thị Ánh",
    "Jürgen Großmann",
    "Annika Weiß-Schröder",
    "Seán O'Brien",
];

/// Invented schools.
pub(super) const SCHOOLS: [&str; 16] = [
    "蓝海大学",
    "青山理工大学",
    "云溪师范学院",
    "北辰职业技术学院",
    "星河工业大学",
    "长风交通大学",
    "明湖财经大学",
    "翠屏医科大学",
    "东篱农业大学",
    "朔方民族大学",
    "南浦外国语学院",
    "石城信息工程职业学院",
    "天池师范大学",
    "海岬航海高等专科学校",
    "西岭电子科技大学（滨海校区）",
    "Lanhai International College",
];

/// Categories with their subjects.
pub(super) const SUBJECTS: [(&str, &str); 8] = [
    ("软件类", "C/C++程序设计"),
    ("软件类", "Java软件开发"),
    ("软件类", "Python程序设计"),
    ("电子类", "嵌入式设计与开发"),
    ("电子类", "物联网设计与开发"),
    ("视觉艺术设计", "交互设计"),
    ("视觉艺术设计", "工业产品设计"),
    ("数字科技创新", "人工智能应用"),
];

/// First and second halves of the titles of works.
pub(super) const WORKS: ([&str; 12], [&str; 12]) = (
    ["星海", "听潮", "拾光", "云上", "山河", "知行", "微澜", "青禾", "归雁", "灯塔", "种子", "丝路"],
    [
        "校园助手",
        "无障碍导航",
        "非遗数字馆",
        "智慧农场",
        "古籍修复平台",
        "应急通信车",
        "心灵树洞",
        "碳足迹账本",
        "方言地图",
        "救援机器人",
        "旧衣循环",
        "声音博物馆",
    ],
);
