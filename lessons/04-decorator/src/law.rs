use lesson::Lesson;

/// What this lesson guarantees, costs and cannot do: the law is lesson 3's, letter by letter.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: lesson_03_generator::LESSON.law,
    waiting: lesson_03_generator::LESSON.waiting,
    cannot: "do what lesson 3 cannot: its slot and the races for it are the same; and what A \
             borrows or returns has nowhere to go",
};
