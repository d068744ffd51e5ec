"""The walk's step of a school: it registers, is verified with a stamped letter, and enters the instructor of an award."""

from common import tool
from walkers import CONTEST, SCHOOL

TELEPHONE, INSTRUCTOR, INSTRUCTOR_TELEPHONE = "13800138009", "周老师", "13900139008"
CODE = "91350100M000100Y43"


def school(walk, files):
    """5. A school registers, downloads its letter, sends it in stamped, is approved, and enters its instructor."""
    walk.step = "5"
    walk.clock("2023-12-11 09:00:00")
    office = walk.person("school", TELEPHONE).register("古丽米热·阿卜力克木", office="院校")
    office.click("院校认证与指导教师").says("院校认证通过后即可添加", what="first the school, then its instructors").shot("school", english=True)
    office.click("开始填写").type(school=SCHOOL, school_level="university", school_funding="public", organisation_code=CODE, introduction="一所以工科见长的大学。")
    office.click("保存")
    letter = office.saved("下载委托书（PDF）")
    walk.checks.equal(tool("qpdf", "--check", letter).returncode, 0, "5 school: the letter of authorisation is a PDF that qpdf finds whole")
    office.picture("authorisation-letter", files["card"]).shot("school-form", english=True).click("提交审核").says("审核", what="sent in")
    reviewer = walk.people["reviewer"].enter("/staff/reviews").click("领取下一件")
    reviewer.says(SCHOOL, CODE, what="the school's case").shot("school-review", english=True)
    reviewer.ask("press", key="a", leads=True)
    office.enter("/account/school").says("已通过", what="the school is verified").click("管理指导教师").click("添加一位")
    office.type(contest=CONTEST, name=INSTRUCTOR, telephone=INSTRUCTOR_TELEPHONE).shot("instructor-form").click("添加", within={"selector": "form", "text": "赛事"})
    office.says(INSTRUCTOR, "已匹配", what="the instructor is matched to the award").shot("instructors", english=True)


def instructor(walk):
    """6, later: the instructor registers with the telephone that the school has entered, and has the certificate."""
    walk.step = "6"
    teacher = walk.person("teacher", INSTRUCTOR_TELEPHONE).register(INSTRUCTOR)
    teacher.enter("/account/awards").says("证书可下载", "指导教师", what="the award that the school has vouched for").shot("instructor-award", english=True)
    teacher.click("一等奖").click("查看与下载证书").says("下载 PDF", what="the way to the file")
